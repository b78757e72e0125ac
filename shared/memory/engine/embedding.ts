/** Embeddings of texts: by hash, the same bits on every runtime, and vectors from outside. Pure. */
import { blake2b } from '@noble/hashes/blake2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { fail, ok, type Result } from '../../result.ts'

/** Numbers in an embedding by hash. */
export const hashDimension = 768
/** The revision of embeddings by hash. */
export const hashRevision = 'blake2b-512'

/**
 * The BLAKE2b-512 bytes of the text, repeated up to the dimension, as a unit vector. It finds equal texts, not similar ones.
 * The sum of squares is a whole number below 2^53, so each step rounds alike everywhere.
 */
export function hashEmbedding(text: string, dimension = hashDimension): Float32Array {
  const bytes = blake2b(utf8ToBytes(text), { dkLen: 64 })
  return unitVector(Float64Array.from({ length: dimension }, (_, at) => bytes[at % bytes.length] ?? 0))
}

/** A vector from outside, as a unit vector. The error is a sentence that names the wrong number. */
export function parseEmbedding(numbers: readonly number[]): Result<Float32Array, string> {
  const values = Float64Array.from(numbers, Math.fround)
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) return fail(`Number ${wrong} of the vector is not a finite 32-bit number.`)
  if (values.every((value) => value === 0)) return fail('A vector of zeros has no direction.')
  return ok(unitVector(values))
}

/** Why a vector is not one of length 1, as a sentence, or null. */
export function unitFault(vector: Float32Array): string | null {
  let sum = 0
  for (const value of vector) sum += value * value
  return Math.abs(Math.sqrt(sum) - 1) < 1e-5 ? null : 'must have an embedding of length 1'
}

/**
 * The dot products of `query` with `vectors`, which lie one after the other. For unit vectors these are the cosines. Four sums per vector,
 * in 64 bits, so that one processor can add them at a time.
 */
export function dotProducts(vectors: Float32Array, query: Float32Array, into: Float64Array): void {
  const { length } = query
  const paired = length - (length % 4)
  for (let index = 0; index < into.length; index += 1) {
    const start = index * length
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let at = 0; at < paired; at += 4) {
      const left = start + at
      a += (vectors[left] as number) * (query[at] as number)
      b += (vectors[left + 1] as number) * (query[at + 1] as number)
      c += (vectors[left + 2] as number) * (query[at + 2] as number)
      d += (vectors[left + 3] as number) * (query[at + 3] as number)
    }
    for (let at = paired; at < length; at += 1) a += (vectors[start + at] as number) * (query[at] as number)
    into[index] = a + c + (b + d)
  }
}

/** The vector of length 1. Squares of 32-bit numbers never overflow in 64 bits. */
function unitVector(values: Float64Array): Float32Array {
  let sum = 0
  for (const value of values) sum += value * value
  const norm = Math.sqrt(sum)
  return Float32Array.from(values, (value) => (norm === 0 ? 0 : value / norm))
}
