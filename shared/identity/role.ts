/** Roles in a tenant. The policy decides what each role may do. */
import { z } from 'zod'

/** The roles, the most powerful first. */
export const roles = ['owner', 'admin', 'member', 'viewer'] as const

/** A role in a tenant. */
export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

/** Whether `role` manages users and sees all API keys of the tenant. */
export const isAdmin = (role: Role): boolean => role === 'owner' || role === 'admin'

/** Whether `role` may grant, change or remove `other`. Only owners manage owners. */
export const canManage = (role: Role, other: Role): boolean => role === 'owner' || (role === 'admin' && other !== 'owner')

/** The role of a user that no admin has registered. A valid token is enough to take part. */
export const defaultRole: Role = 'member'

/** The weaker of two roles: what an API key may act as. */
export const weakerRole = (a: Role, b: Role): Role => (roles.indexOf(a) > roles.indexOf(b) ? a : b)
