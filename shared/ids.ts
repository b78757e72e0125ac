/** Ids and object names. Every part of an object's name is parsed here, and joined in one function. Portable. */
import { z } from 'zod'
import { toHex } from './lib/hex.ts'

/** The grammar of tenant and session ids. Anything else is refused at the boundary. */
export const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** The id of a tenant. */
export const TenantId = z.string().regex(idPattern).brand<'TenantId'>()
export type TenantId = z.infer<typeof TenantId>

/** The id of a session, unique in its tenant. */
export const SessionId = z
  .string()
  .regex(idPattern, 'must be 1 to 64 letters, digits, "-" or "_", and start with a letter or digit')
  .brand<'SessionId'>()
  .meta({ description: 'The session id: 1 to 64 letters, digits, `-` or `_`, starting with a letter or digit.' })
export type SessionId = z.infer<typeof SessionId>

/** A user as its issuer names it: `sub`, 1 to 255 printable characters (OpenID Connect Core 1.0 §2). */
export const Subject = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .brand<'Subject'>()
export type Subject = z.infer<typeof Subject>

/** The client's name for one request: `Idempotency-Key`, or `event_id` in the body. 1 to 255 printable characters. */
export const EventId = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')
  .meta({ description: 'A unique id of the request. Repeating the id repeats the response.' })
export type EventId = z.infer<typeof EventId>

/** The object that owns a session: `tenant/session`. Neither part can hold a slash. */
export const sessionObjectName = (tenant: TenantId, session: SessionId): string => `${tenant}/${session}`

/** The object that lists a subject's sessions: `tenant/subject`. Only the first slash divides. */
export const sessionListObjectName = (tenant: TenantId, subject: Subject): string => `${tenant}/${subject}`

/** The memory namespace of one subject. The prefix names the kind of the namespace. */
export const userNamespace = (subject: Subject): string => `user:${subject}`

/** The object that stores memories: `tenant/namespace`. Only the first slash divides. */
export const memoryObjectName = (tenant: TenantId, namespace: string): string => `${tenant}/${namespace}`

/** The tenant and subject in the name of a subject's memory. Null: not such a name. */
export function parseMemoryObjectName(name: string): { tenant: TenantId; subject: Subject } | null {
  const [, tenant, subject] = /^([^/]+)\/user:(.+)$/s.exec(name) ?? []
  const owner = z.object({ tenant: TenantId, subject: Subject }).safeParse({ tenant, subject })
  return owner.success ? owner.data : null
}

/** The object that lists the tenants. The object with a tenant's name lists that tenant's subjects. */
export const tenantDirectoryName = '/'

/** The directory object that lists the tenants with a nearly full audit trail. */
export const auditAlarmsName = '/audit-alarms'

/** The object that makes the platform's signing keys. */
export const platformIssuerName = '/'

/** The tenant and subject in a session list's name. Throws if it is not such a name. */
export function parseSessionListObjectName(name: string): { tenant: TenantId; subject: Subject } {
  const slash = name.indexOf('/')
  return { tenant: TenantId.parse(name.slice(0, Math.max(slash, 0))), subject: Subject.parse(name.slice(slash + 1)) }
}

/**
 * The session that a first message with an idempotency key creates: a UUIDv8 (RFC 9562 §5.8) of SHA-256(tenant, subject, key). The same
 * message sent again finds the same session.
 */
export async function sessionIdForKey(tenant: TenantId, subject: Subject, key: EventId): Promise<SessionId> {
  const name = new TextEncoder().encode(JSON.stringify([tenant, subject, key]))
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', name)).slice(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = toHex(bytes)
  return SessionId.parse(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
}
