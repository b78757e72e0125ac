/**
 * The platform's own model. Within a tenant's store nothing names the tenant's neighbours:
 * each tenant has a store of its own, and an object of type `tenant` stands for the tenant as a whole.
 */
import { AuthorizationModel } from './model.ts'

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

const parsed = AuthorizationModel.fromDsl(platformDsl)
if (!parsed.ok) throw new Error(`the platform's model: ${parsed.error.detail}`)

export const platformModel: AuthorizationModel = parsed.value
