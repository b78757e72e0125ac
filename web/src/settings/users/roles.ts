/** Labels and descriptions of roles. */
import type { Role } from '../../../../shared/identity/role.ts'

export const roleWords: Readonly<Record<Role, { readonly label: string; readonly may: string }>> = {
  owner: { label: 'Owner', may: 'may do everything, and appoint owners' },
  admin: { label: 'Admin', may: 'manages people, settings and policy' },
  member: { label: 'Member', may: 'has conversations' },
  viewer: { label: 'Viewer', may: 'only reads what is shared' },
}

export const roleOrder = ['owner', 'admin', 'member', 'viewer'] as const satisfies readonly Role[]
