/**
 * The platform's own model, and the names its things have in tuples. Within a tenant's store nothing names the tenant's neighbours:
 * each tenant has a store of its own, and an object of type `tenant` stands for the tenant as a whole.
 */
import { Model } from './model.ts'
import { isObject, isOneObject } from './tuple.ts'

/**
 * An owner is an admin, an admin a member, a member a viewer, everywhere. Being a tenant's admin opens nobody's conversations and
 * nobody's memories: what is shared with the tenant says so, and `supervisor` is granted by name and audited. `blocked` beats
 * everything but ownership. There are no wildcards: nothing is public.
 */
export const platformDsl = `model
  schema 1.1

type user

type group
  relations
    define owner: [user]
    define admin: [user] or owner
    define member: [user, group#member] or admin
    define viewer: [user, group#member] or member

type tenant
  relations
    define owner: [user]
    define admin: [user, group#member] or owner
    define member: [user, group#member] or admin
    define viewer: [user, group#member] or member
    define supervisor: [user, group#member]
    define blocked: [user, group#member]

type session
  relations
    define tenant: [tenant]
    define owner: [user]
    define admin: [user, group#member] or owner
    define member: [user, group#member] or admin
    define viewer: [user, group#member, tenant#member] or member or supervisor from tenant
    define blocked: [user, group#member] or blocked from tenant
    define can_read: owner or (viewer but not blocked)
    define can_send: owner or (member but not blocked)
    define can_share: owner or (admin but not blocked)
    define can_delete: owner

type memory_namespace
  relations
    define tenant: [tenant]
    define owner: [user]
    define admin: [user, group#member, tenant#admin] or owner
    define member: [user, group#member, tenant#member] or admin
    define viewer: [user, group#member, tenant#member] or member
    define blocked: [user, group#member] or blocked from tenant
    define can_recall: owner or (viewer but not blocked)
    define can_write: owner or (member but not blocked)
    define can_manage: owner or (admin but not blocked)
`

const parsed = Model.fromDsl(platformDsl)
if (!parsed.ok) throw new Error(`the platform's model: ${parsed.error.detail}`)

export const platformModel: Model = parsed.value

export type PlatformType = 'user' | 'group' | 'tenant' | 'session' | 'memory_namespace'

/** Everything but letters, digits and what no grammar gives a meaning to. */
const special = /[^A-Za-z0-9_.-]/gu

const hex = (character: string): string =>
  Array.from(new TextEncoder().encode(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

/**
 * `type:id`, whatever the id holds: no id can become another type, a userset or a wildcard, and no two ids become one. Null if there is
 * no such name: the id is empty, too long, or no proper text.
 */
export function nameOf(type: PlatformType, id: string): string | null {
  if (id === '' || !id.isWellFormed()) return null
  const name = `${type}:${id.replace(special, hex)}`
  return (type === 'user' ? isObject(name) : isOneObject(name)) ? name : null
}
