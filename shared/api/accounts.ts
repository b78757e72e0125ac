/** Users of a tenant, and API keys. */
import { z } from 'zod'
import { Role } from '../identity/role.ts'
import { Scope } from '../identity/scope.ts'
import { UnixMs } from './unix-ms.ts'

/** One user of the tenant. */
export const UserSummary = z.object({
  subject: z.string(),
  name: z.string(),
  role: Role,
  created_at: UnixMs,
  signed_in_at: UnixMs.nullable(),
  mfa: z.boolean().meta({ description: 'Whether the user has a second factor' }),
  issuer: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'The issuer that the user comes from. Null: none is recorded yet. Lists leave it out.' }),
})
export type UserSummary = z.infer<typeof UserSummary>

/** A page of users. `next`: the `after` of the next page; null: none. */
export const UserList = z.object({ users: z.array(UserSummary), next: z.string().nullable() })
export type UserList = z.infer<typeof UserList>

/** Query of `GET /v1/users`. */
export const ListUsers = z.object({ after: z.string().max(255).default('') })
export type ListUsers = z.infer<typeof ListUsers>

/** The new role of a user, and the issuer that the user comes from. */
export const SetRole = z.object({
  role: Role,
  issuer: z
    .string()
    .min(1)
    .max(500)
    .nullable()
    .optional()
    .meta({ description: 'The issuer (`iss`) that the user comes from. Null forgets it: the next issuer with this subject is recorded.' }),
})
export type SetRole = z.infer<typeof SetRole>

/** One API key, without its secret. */
export const ApiKeySummary = z.object({
  id: z.string(),
  prefix: z.string().meta({ description: 'The first characters of the key' }),
  name: z.string(),
  subject: z.string().meta({ description: 'The user that the key acts for' }),
  scopes: z.array(z.string()),
  created_at: UnixMs,
  expires_at: UnixMs.nullable(),
  last_used_at: UnixMs.nullable().meta({ description: 'Unix milliseconds, accurate to a few minutes' }),
})
export type ApiKeySummary = z.infer<typeof ApiKeySummary>

/** API keys, without their secrets. */
export const ApiKeyList = z.object({ keys: z.array(ApiKeySummary) })
export type ApiKeyList = z.infer<typeof ApiKeyList>

/** The name, scopes and lifetime of a new API key. */
export const NewApiKey = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(100),
  scopes: z.array(Scope).max(20).default([]),
  expires_in_days: z.int().min(1).max(3_650).nullable().default(null),
})
export type NewApiKey = z.infer<typeof NewApiKey>

/** A new API key, with its secret. */
export const CreatedApiKey = z.object({
  key: z.string().meta({ description: 'The key. No later response shows it.' }),
  ...ApiKeySummary.shape,
})
export type CreatedApiKey = z.infer<typeof CreatedApiKey>

/** Any text. An invalid subject gets the same response as an unknown one. */
export const UserPath = z.object({ subject: z.string().max(1_000) })
export type UserPath = z.infer<typeof UserPath>

/** Path of one API key. */
export const ApiKeyPath = z.object({ id: z.string() })
export type ApiKeyPath = z.infer<typeof ApiKeyPath>
