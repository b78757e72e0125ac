/** Requests of the users page. */
import type { UserList, UserSummary } from '../../../../shared/api/accounts.ts'
import type { Role } from '../../../../shared/identity/role.ts'
import { transport } from '../../state/transport.ts'

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
export const setRole = async (subject: string, role: Role): Promise<UserSummary> =>
  (await transport('PUT', userAt(subject), { body: { role } })).json()
export const removeUser = async (subject: string): Promise<void> => void (await transport('DELETE', userAt(subject)))
