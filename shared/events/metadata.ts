/** The metadata of a message: string pairs of the client, and keys that only the server sets. Pure. */
import { limits } from '../api/limits.ts'
import type { Metadata } from './event.ts'

/** Keys that the server sets. `sent_by`: the sender, if it is not the session's owner. */
const serverKeys: readonly string[] = ['sent_by']

/** The pairs that a client may set: all but the server's. Apply it to every message that comes from outside. */
export function clientMetadata(pairs: Metadata): Metadata
export function clientMetadata(pairs: Metadata | undefined): Metadata | undefined
export function clientMetadata(pairs: Metadata | undefined): Metadata | undefined {
  return pairs && Object.fromEntries(Object.entries(pairs).filter(([key]) => !serverKeys.includes(key)))
}

/** Why a client's pairs are refused. Undefined: they are within the limits. */
export function metadataProblem(pairs: Metadata): string | undefined {
  if (Object.keys(pairs).length > limits.metadataPairs) return `must have at most ${limits.metadataPairs} pairs`
  if (new TextEncoder().encode(JSON.stringify(pairs)).length > limits.metadataBytes)
    return `must have at most ${limits.metadataBytes} bytes as JSON`
  const wellFormed = Object.entries(pairs)
    .flat()
    .every((text) => text.isWellFormed())
  return wellFormed ? undefined : 'must be well-formed Unicode (RFC 7493 §2.1)'
}
