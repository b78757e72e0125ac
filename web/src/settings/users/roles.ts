/** Labels and descriptions of roles. */
import type { Role } from '../../../../shared/identity/role.ts'

export const roleTexts: Readonly<Record<Role, { readonly label: string; readonly description: string }>> = {
  owner: { label: 'Owner', description: 'can do everything, and appoint owners' },
  admin: { label: 'Admin', description: 'manages users, settings and policy' },
  member: { label: 'Member', description: 'has conversations' },
  viewer: { label: 'Viewer', description: 'only reads shared conversations' },
}

export const roleOrder = ['owner', 'admin', 'member', 'viewer'] as const satisfies readonly Role[]
