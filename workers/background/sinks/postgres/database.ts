/** Postgres over Neon's SQL-over-HTTP protocol: the client, its errors, and the text that it can store. */
import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless'
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http'
import { readVariable } from '../../../../shared/settings/variables.ts'
import { SinkUnavailable } from '../../consume.ts'

/** Connects to the database of `env`. Requests abort `withinMs` milliseconds from now. Throws `SinkUnavailable` without a URL. */
export function database(env: Pick<BackgroundEnv, 'SOMA_DATABASE_URL' | 'SOMA_DATABASE_HTTP'>, withinMs: number): NeonHttpDatabase {
  const url = readVariable(env, 'SOMA_DATABASE_URL')
  const endpoint = readVariable(env, 'SOMA_DATABASE_HTTP')
  if (url === '') throw new SinkUnavailable('SOMA_DATABASE_URL is not set')
  if (endpoint !== '') neonConfig.fetchEndpoint = endpoint
  return drizzle(neon(url, { fetchOptions: { signal: AbortSignal.timeout(withinMs) } }))
}

/**
 * Returns `text` with U+FFFD for NUL and lone surrogates. JSON and our log allow them; Postgres's `text` and `jsonb` refuse them. Without
 * the replacement, one such character would block the copy of a session forever.
 */
export function storable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\0', '\ufffd')
    .replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '$1\ufffd')
}

/** SQLSTATE classes of temporary errors: connection, resources, shutdown, system. */
const unavailableClasses = ['08', '53', '57', '58']

/** Whether Postgres was unavailable. A client error without a SQLSTATE never reached it. */
export function isUnavailable(error: unknown): boolean {
  const cause = error instanceof NeonDbError ? error : error instanceof Error ? error.cause : undefined
  if (!(cause instanceof NeonDbError)) return false
  return cause.code === undefined || unavailableClasses.includes(cause.code.slice(0, 2))
}
