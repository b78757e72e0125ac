/** Requests of the memory page. */
import type { DeletedMemories, MemoryList } from '../../../../shared/api/memory.ts'
import { transport } from '../../state/transport.ts'

export const listMemories = async (q: string, cursor?: string): Promise<MemoryList> =>
  (await transport('GET', '/v1/memories', { query: { q, cursor } })).json()
/** Those that still exist. */
export const memoriesById = async (ids: readonly string[]): Promise<MemoryList> =>
  (await transport('GET', '/v1/memories', { query: { ids: ids.join(',') } })).json()
export const forget = async (id: string): Promise<void> => void (await transport('DELETE', `/v1/memories/${encodeURIComponent(id)}`))
/** Resolves to the number of deleted memories. */
export const forgetEverything = async (): Promise<number> =>
  ((await (await transport('DELETE', '/v1/memories', { query: { confirm: 'everything' } })).json()) as DeletedMemories).forgotten
