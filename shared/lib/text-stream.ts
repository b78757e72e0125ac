/** Text in pieces as a byte stream that follows its reader: at most one chunk is ahead. */

/** UTF-16 units that are joined before a chunk is sent. */
const chunkUnits = 65_536

const encoder = new TextEncoder()

/** The pieces as UTF-8. Each chunk is built when the reader requests it. An error ends the stream. */
export function textStream(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let text = ''
        while (text.length < chunkUnits) {
          const { value, done } = await pieces.next()
          if (done) {
            if (text !== '') controller.enqueue(encoder.encode(text))
            return controller.close()
          }
          text += value
        }
        controller.enqueue(encoder.encode(text))
      },
      cancel: async () => void (await pieces.return(undefined)),
    },
    { highWaterMark: 0 },
  )
}
