/** Lines as a byte stream. */

/** NDJSON of `lines`. Each line is built when it is read. */
export function lineBytes(lines: Iterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    type: 'bytes',
    pull(controller: ReadableByteStreamController) {
      const { value, done } = lines.next()
      if (!done) return controller.enqueue(encoder.encode(`${value}\n`))
      controller.close()
      controller.byobRequest?.respond(0)
    },
  })
}
