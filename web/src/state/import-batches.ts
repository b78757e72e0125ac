/** Splits a file into requests that the API accepts. Exports of other products may hold thousands of conversations. */
import type { limits } from '../../../shared/api/limits.ts'

/** The API's limits for one import. */
export const maxImportBytes = 25_000_000 satisfies (typeof limits)['importBytes']
const maxConversations = 100 satisfies (typeof limits)['importSessions']
/** Room for the brackets and commas of a batch. */
const batchBytes = maxImportBytes - 1_000

const encoder = new TextEncoder()

/** The bodies of the requests, in order. A file that is no list of conversations stays whole. */
export function batchesOf(text: string): string[] {
  const list = parseList(text)
  if (!list || (list.length <= maxConversations && encoder.encode(text).length <= batchBytes)) return [text]
  const batches: string[] = []
  let batch: string[] = []
  let bytes = 0
  for (const conversation of list.map((value) => JSON.stringify(value))) {
    const more = encoder.encode(conversation).length + 1
    if (batch.length === maxConversations || (batch.length > 0 && bytes + more > batchBytes)) {
      batches.push(`[${batch.join(',')}]`)
      batch = []
      bytes = 0
    }
    batch.push(conversation)
    bytes += more
  }
  return [...batches, `[${batch.join(',')}]`]
}

function parseList(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
