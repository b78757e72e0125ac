/** The pages of the settings area. The code of a page loads when it opens. */
import {
  Archive,
  Brain,
  Gauge,
  KeyRound,
  Landmark,
  LockKeyhole,
  type LucideIcon,
  Scale,
  ScrollText,
  Sparkles,
  Trash2,
  UserRound,
  UsersRound,
} from 'lucide-react'
import { type ComponentType, type LazyExoticComponent, lazy } from 'react'

export interface SettingsPage {
  /** Below `/settings/`. */
  readonly path: string
  readonly label: string
  readonly group: 'You' | 'Workspace'
  readonly Icon: LucideIcon
  readonly Page: LazyExoticComponent<ComponentType>
  /** Only owners and admins see it in the list. The server decides who may read it. */
  readonly admins?: boolean
}

export const pages: readonly SettingsPage[] = [
  { path: 'account', label: 'Account', group: 'You', Icon: UserRound, Page: lazy(() => import('./account/AccountPage.tsx')) },
  { path: 'keys', label: 'API keys', group: 'You', Icon: KeyRound, Page: lazy(() => import('./api-keys/ApiKeysPage.tsx')) },
  { path: 'memory', label: 'Memory', group: 'You', Icon: Brain, Page: lazy(() => import('./memory/MemoryPage.tsx')) },
  {
    path: 'archived',
    label: 'Archive',
    group: 'You',
    Icon: Archive,
    Page: lazy(() => import('./archived/ArchivedPage.tsx')),
  },
  {
    path: 'deleted',
    label: 'Recently deleted',
    group: 'You',
    Icon: Trash2,
    Page: lazy(() => import('./deleted/DeletedPage.tsx')),
  },
  { path: 'users', label: 'Users', group: 'Workspace', Icon: UsersRound, Page: lazy(() => import('./users/UsersPage.tsx')), admins: true },
  { path: 'models', label: 'Models', group: 'Workspace', Icon: Sparkles, Page: lazy(() => import('./models/ModelsPage.tsx')) },
  {
    path: 'secrets',
    label: 'Secrets',
    group: 'Workspace',
    Icon: LockKeyhole,
    Page: lazy(() => import('./secrets/SecretsPage.tsx')),
    admins: true,
  },
  { path: 'limits', label: 'Limits and budgets', group: 'Workspace', Icon: Gauge, Page: lazy(() => import('./limits/LimitsPage.tsx')) },
  { path: 'policy', label: 'Policy', group: 'Workspace', Icon: Scale, Page: lazy(() => import('./policy/PolicyPage.tsx')), admins: true },
  {
    path: 'constitution',
    label: 'Constitution',
    group: 'Workspace',
    Icon: Landmark,
    Page: lazy(() => import('./constitution/ConstitutionPage.tsx')),
  },
  { path: 'audit', label: 'Audit', group: 'Workspace', Icon: ScrollText, Page: lazy(() => import('./audit/AuditPage.tsx')), admins: true },
]
