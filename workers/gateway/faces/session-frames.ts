/** The frames of a reader's event stream, as JSON texts. */
import { createParser } from 'eventsource-parser'
import type { FrameBody } from '../../../shared/events/frame-body.ts'

/** What arrived together: the data of frames, and null for each comment. */
export async function* frameChunks(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<(string | null)[]> {
  const ready: (string | null)[] = []
  const parser = createParser({ onEvent: ({ data }) => void ready.push(data), onComment: () => void ready.push(null) })
  const decoder = new TextDecoder()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    parser.feed(decoder.decode(read.value, { stream: true }))
    if (ready.length > 0) yield ready.splice(0)
  }
}

/** The same one by one, parsed. */
export async function* parsedFrames(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<FrameBody | null> {
  // Our own stream: a frame has the shape of its type.
  for await (const chunk of frameChunks(reader)) for (const frame of chunk) yield frame === null ? null : (JSON.parse(frame) as FrameBody)
}
