/** Embeddings of texts: by hash, the same bits on every runtime, and the cosine of two. Pure. */
import { blake2b } from '@noble/hashes/blake2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { fail, ok, type Result } from '../../result.ts'

/** Numbers in an embedding by hash. */
export const hashDimension = 768

/**
 * The BLAKE2b-512 bytes of the text, repeated up to the dimension, as a unit vector. It finds equal texts, not similar ones.
 * The sum of squares is a whole number below 2^53, so each step rounds alike everywhere.
 */
export function hashEmbedding(text: string, dimension = hashDimension): Float32Array {
  const bytes = blake2b(utf8ToBytes(text), { dkLen: 64 })
  const tiled = Float64Array.from({ length: dimension }, (_, at) => bytes[at % bytes.length] ?? 0)
  const norm = Math.sqrt(sumOf(tiled, (value) => value * value))
  return Float32Array.from(tiled, (value) => (norm === 0 ? 0 : value / norm))
}

/** A vector from outside, as float32. The error is a sentence that names the wrong number. */
export function parseEmbedding(numbers: readonly number[], dimension: number): Result<Float32Array, string> {
  if (numbers.length !== dimension) return fail(`The vector has ${numbers.length} numbers. This memory holds vectors of ${dimension}.`)
  const vector = Float32Array.from(numbers)
  const wrong = vector.findIndex((value) => !Number.isFinite(value))
  return wrong < 0 ? ok(vector) : fail(`Number ${wrong} of the vector is not a finite 32-bit number.`)
}

/** The cosine of two vectors of one dimension, from -1 to 1. A vector of zeros has the cosine 0 with every other. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`a vector of ${a.length} numbers beside one of ${b.length}`)
  let dot = 0
  let left = 0
  let right = 0
  for (let at = 0; at < a.length; at++) {
    const x = a[at] ?? 0
    const y = b[at] ?? 0
    dot += x * y
    left += x * x
    right += y * y
  }
  return left === 0 || right === 0 ? 0 : Math.min(1, Math.max(-1, dot / (Math.sqrt(left) * Math.sqrt(right))))
}

function sumOf(values: Float64Array, of: (value: number) => number): number {
  let sum = 0
  for (const value of values) sum += of(value)
  return sum
}
