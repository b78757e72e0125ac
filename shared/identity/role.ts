/** What somebody may be in a tenant. What each role may do is policy's to say. */
import { z } from 'zod'

/** The most powerful first. */
export const roles = ['owner', 'admin', 'member', 'viewer'] as const

export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

/** Whether `role` appoints and removes people, and sees everybody's API keys. */
export const isAdmin = (role: Role): boolean => role === 'owner' || role === 'admin'

/** Whether who has `role` may give, change or take away `other`: only owners make owners. */
export const canManage = (role: Role, other: Role): boolean => role === 'owner' || (role === 'admin' && other !== 'owner')

/** What somebody is as whom nobody has appointed: a valid token is enough to take part. */
export const defaultRole: Role = 'member'

/** The lesser of the two: what an API key may act as. */
export const lesser = (one: Role, other: Role): Role => (roles.indexOf(one) > roles.indexOf(other) ? one : other)
