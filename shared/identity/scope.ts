/** Scopes: rights of a credential beyond those of every user. */
import { z } from 'zod'

/** RFC 6749 §3.3, with a length limit. */
export const Scope = z.string().regex(/^[a-z][a-z0-9_]{0,31}(:[a-z][a-z0-9_]{0,31})?$/, 'must look like `noun` or `noun:verb`')

/** Acts with its owner's full role. */
export const adminScope = 'admin'
/** Creates, lists and revokes API keys. */
export const keysScope = 'keys:manage'
/** Reads every conversation of the tenant. */
export const readAllScope = 'sessions:read_all'

/** The scopes that an API key can have. Scopes across tenants are for operator tokens only. */
export const grantableScopes = [adminScope, keysScope, readAllScope] as const

/** Rotates the platform's signing keys. Operators only. */
export const issuerScope = 'admin:issuer'
