/** Labels and descriptions of roles. */
import type { Role } from '../../../../shared/identity/role.ts'

export const roleWords: Readonly<Record<Role, { readonly label: string; readonly may: string }>> = {
  owner: { label: 'Owner', may: 'can do everything, and appoint owners' },
  admin: { label: 'Admin', may: 'manages users, settings and policy' },
  member: { label: 'Member', may: 'has conversations' },
  viewer: { label: 'Viewer', may: 'only reads shared conversations' },
}

export const roleOrder = ['owner', 'admin', 'member', 'viewer'] as const satisfies readonly Role[]
