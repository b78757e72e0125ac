/** What the vectors of one memory object have in common, and the vector of each memory. */
import type { StoreEntry } from '../../../shared/api/memory-engine.ts'
import { fromBase64 } from '../../../shared/lib/base64.ts'
import { hashDimension, hashEmbedding, hashRevision, parseEmbedding } from '../../../shared/memory/engine/embedding.ts'

/** What all vectors of an object have in common. */
export type Space = { readonly dimension: number; readonly revision: string }

/** The revision of vectors from outside. */
export const givenRevision = 'given'

/** What of a row its vector is made from. */
export type StoredVector = { slot: number; text: string; vector: string | null; importance: number }

/** The space that the first memory begins. */
export const spaceOf = (first: StoreEntry | undefined): Space =>
  first?.embedding ? { dimension: first.embedding.length, revision: givenRevision } : { dimension: hashDimension, revision: hashRevision }

/** Why a vector does not belong to `space`, or null. */
export function spaceFault({ dimension, revision }: Space, embedding: readonly number[] | undefined): string | null {
  if (embedding === undefined)
    return revision === hashRevision ? null : `is required: this memory holds vectors of your own model, with ${dimension} numbers`
  if (revision === hashRevision) return 'must be left out: this memory holds vectors made from texts. Delete its memories to use your own'
  return embedding.length === dimension ? null : `must have ${dimension} numbers, as the vectors before`
}

/** The vector of a memory or a query. Throws on a vector that the API refuses. */
export function vectorOf(text: string, embedding: readonly number[] | undefined, { dimension }: Space): Float32Array {
  if (!embedding) return hashEmbedding(text, dimension)
  const parsed = parseEmbedding(embedding)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

/** The vector of a row. */
export function storedVector({ text, vector }: StoredVector, { dimension }: Space): Float32Array {
  if (vector === null) return hashEmbedding(text, dimension)
  const bytes = fromBase64(vector)
  if (bytes?.length !== 4 * dimension) throw new Error('a stored vector is damaged')
  return new Float32Array(bytes.buffer)
}
