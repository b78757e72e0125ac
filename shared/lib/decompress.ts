/** Decompresses bytes of an untrusted source, up to a bound. Web standards only. */
import { fail, ok, type Result } from '../result.ts'

/** Formats by their name in `Content-Encoding` (RFC 9110 §8.4.1). */
export const compressionFormats = { gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate' } as const

/**
 * Compressed bytes that are fed at once. A decoder may hold all output of its input. Deflate expands at most 1,032 times.
 * So one piece expands to at most 17 MB.
 */
const pieceBytes = 16_384

/** Why bytes were refused. `too_large`: the input or the output is over the limit. */
export type DecompressionFailure = 'too_large' | 'malformed'

/** The content of `stream`: at most `limitBytes`. Reads no more than it needs to know that the content is larger. */
export async function decompress(
  stream: ReadableStream<Uint8Array>,
  format: 'gzip' | 'deflate',
  limitBytes: number,
): Promise<Result<Uint8Array, DecompressionFailure>> {
  const input = await readUpTo(stream, limitBytes)
  if (input === null) return fail('too_large')
  const { readable, writable } = new DecompressionStream(format)
  const writer = writable.getWriter()
  const output = readUpTo(readable as ReadableStream<Uint8Array>, limitBytes)
  const stopped = output.then(
    () => true,
    () => true,
  )
  const feed = async () => {
    for (let index = 0; index < input.length; index += pieceBytes) {
      // The decoder accepts pieces faster than they are read. Each waits until the one before has been decoded.
      const isStopped = await Promise.race([writer.write(input.slice(index, index + pieceBytes)).then(nextTask), stopped])
      if (isStopped) return
    }
    await writer.close()
  }
  try {
    const [content] = await Promise.all([output, feed()])
    return content === null ? fail('too_large') : ok(content)
  } catch {
    return fail('malformed')
  } finally {
    writer.abort().catch(() => undefined)
  }
}

/** Resolves to false after the pending reads. */
const nextTask = (): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), 0))

/** The bytes of `stream`. Null: there are more than `limitBytes`; the rest is not read. */
export async function readUpTo(stream: ReadableStream<Uint8Array>, limitBytes: number): Promise<Uint8Array | null> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  while (true) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > limitBytes) {
      reader.cancel().catch(() => undefined)
      return null
    }
    chunks.push(value)
  }
  const bytes = new Uint8Array(length)
  let position = 0
  for (const chunk of chunks) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  return bytes
}
