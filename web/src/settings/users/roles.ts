/** Roles, from most to least rights. */
import type { Role } from '../../../../shared/identity/role.ts'

export const roleOrder = ['owner', 'admin', 'member', 'viewer'] as const satisfies readonly Role[]
