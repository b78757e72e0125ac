/** The pages of the settings area. The code of a page loads when it opens. */

import {
  Archive,
  Brain,
  Drama,
  Gauge,
  Globe,
  KeyRound,
  Landmark,
  LockKeyhole,
  type LucideIcon,
  MonitorSmartphone,
  Scale,
  ScrollText,
  Sparkles,
  Trash2,
  UserRound,
  UsersRound,
  Wrench,
} from 'lucide-react'
import type { ComponentType } from 'react'
import { settings } from '../strings/settings.ts'
import { lazyPage } from '../ui/lazy-part.tsx'

export interface SettingsPage {
  /** Below `/settings/`. */
  readonly path: PagePath
  /** The label in the language of the page. */
  readonly label: string
  readonly group: 'you' | 'workspace'
  readonly Icon: LucideIcon
  readonly Page: ComponentType
  /** Only owners and admins see it in the list. The server decides who may read it. */
  readonly admins: boolean
}

type PagePath = keyof typeof settings.pages

const page = (
  path: PagePath,
  group: SettingsPage['group'],
  Icon: LucideIcon,
  load: () => Promise<{ readonly default: ComponentType }>,
  { admins = false } = {},
): SettingsPage => ({
  path,
  group,
  Icon,
  Page: lazyPage(load),
  admins,
  get label() {
    return settings.pages[path]
  },
})

const forAdmins = { admins: true }

export const pages: readonly SettingsPage[] = [
  page('account', 'you', UserRound, () => import('./account/AccountPage.tsx')),
  page('keys', 'you', KeyRound, () => import('./api-keys/ApiKeysPage.tsx')),
  page('memory', 'you', Brain, () => import('./memory/MemoryPage.tsx')),
  page('archived', 'you', Archive, () => import('./archived/ArchivedPage.tsx')),
  page('deleted', 'you', Trash2, () => import('./deleted/DeletedPage.tsx')),
  page('browser', 'you', MonitorSmartphone, () => import('./browser/BrowserPage.tsx')),
  page('users', 'workspace', UsersRound, () => import('./users/UsersPage.tsx'), forAdmins),
  page('personas', 'workspace', Drama, () => import('./personas/PersonasPage.tsx')),
  page('models', 'workspace', Sparkles, () => import('./models/ModelsPage.tsx')),
  page('tools', 'workspace', Wrench, () => import('./tools/ToolsPage.tsx')),
  page('web', 'workspace', Globe, () => import('./web/WebPage.tsx')),
  page('secrets', 'workspace', LockKeyhole, () => import('./secrets/SecretsPage.tsx'), forAdmins),
  page('limits', 'workspace', Gauge, () => import('./limits/LimitsPage.tsx')),
  page('policy', 'workspace', Scale, () => import('./policy/PolicyPage.tsx'), forAdmins),
  page('constitution', 'workspace', Landmark, () => import('./constitution/ConstitutionPage.tsx')),
  page('audit', 'workspace', ScrollText, () => import('./audit/AuditPage.tsx'), forAdmins),
]
