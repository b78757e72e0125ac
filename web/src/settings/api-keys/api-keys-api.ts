/** Requests of the API keys page. */
import type { ApiKeyList, ApiKeySummary, CreatedApiKey, NewApiKey } from '../../../../shared/api/accounts.ts'
import { transport } from '../../state/transport.ts'

export const listKeys = async (): Promise<readonly ApiKeySummary[]> =>
  ((await (await transport('GET', '/v1/keys')).json()) as ApiKeyList).keys
export const createKey = async (body: NewApiKey): Promise<CreatedApiKey> => (await transport('POST', '/v1/keys', { body })).json()
export const revokeKey = async (id: string): Promise<void> => void (await transport('DELETE', `/v1/keys/${encodeURIComponent(id)}`))
