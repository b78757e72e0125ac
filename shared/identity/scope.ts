/** What a credential may do beyond what everybody may. */
import { z } from 'zod'

/** RFC 6749 §3.3, of modest length. */
export const Scope = z.string().regex(/^[a-z][a-z0-9_]{0,31}(:[a-z][a-z0-9_]{0,31})?$/, 'must look like `noun` or `noun:verb`')

/** Acts with the whole of its owner's role. */
export const adminScope = 'admin'
/** Makes, lists and revokes API keys. */
export const keysScope = 'keys:manage'
/** Reads every conversation of the tenant. */
export const readAllScope = 'sessions:read_all'

/** What an API key can be given. Those that reach across tenants are for operators' tokens alone. */
export const grantableScopes = [adminScope, keysScope, readAllScope] as const

/** Rotates the platform's signing keys: operators only. */
export const issuerScope = 'admin:issuer'
