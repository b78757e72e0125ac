/** Bytes as lines, a chunk in memory at a time. */

/** What ends with a line feed, and nothing else: `readline` would break at U+2028 too. What follows the last one is no line. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const parts: string[] = []
  for await (const bytes of chunks) {
    const [first = '', ...rest] = decoder.decode(bytes, { stream: true }).split('\n')
    parts.push(first)
    for (const next of rest) {
      yield parts.join('')
      parts.length = 0
      parts.push(next)
    }
  }
}
