/** Requests about API keys and users. */
import type { ApiKeyList, ApiKeySummary, CreatedApiKey, NewApiKey, UserList, UserSummary } from '../../../shared/api/accounts.ts'
import type { Role } from '../../../shared/identity/role.ts'
import { transport } from '../state/transport.ts'

export const listKeys = async (): Promise<readonly ApiKeySummary[]> =>
  ((await (await transport('GET', '/v1/keys')).json()) as ApiKeyList).keys
export const makeKey = async (body: NewApiKey): Promise<CreatedApiKey> => (await transport('POST', '/v1/keys', { body })).json()
export const revokeKey = async (id: string): Promise<void> => void (await transport('DELETE', `/v1/keys/${encodeURIComponent(id)}`))

/** Every user, page by page. */
export async function listUsers(): Promise<readonly UserSummary[]> {
  const users: UserSummary[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: UserList = await (await transport('GET', '/v1/users', { query: { after } })).json()
    users.push(...page.users)
    after = page.next
  }
  return users
}
const userAt = (subject: string) => `/v1/users/${encodeURIComponent(subject)}`
export const appoint = async (subject: string, role: Role): Promise<UserSummary> =>
  (await transport('PUT', userAt(subject), { body: { role } })).json()
export const removeUser = async (subject: string): Promise<void> => void (await transport('DELETE', userAt(subject)))

export const signOutEverywhere = async (): Promise<void> => void (await transport('POST', '/v1/auth/sign-out-everywhere'))
