/** Reads event streams as a plain client does: bytes, frames and the last id. */
import { createParser } from 'eventsource-parser'
import type { Event } from '../../shared/events/event.ts'
import { type FrameBody, isRecorded } from '../../shared/events/frame-body.ts'

export type Body = FrameBody
export interface Frame {
  readonly id: string
  readonly body: Body
}

/** The complete frames in `bytes`. An incomplete frame does not count. */
export function framesIn(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = []
  const parser = createParser({ onEvent: ({ id = '', data }) => frames.push({ id, body: JSON.parse(data) }) })
  parser.feed(new TextDecoder().decode(bytes))
  return frames
}

/** The text of each item, built from its deltas. Throws if a delta does not continue the previous one. */
export function textsOf(frames: readonly Frame[]): Map<string, string> {
  const texts = new Map<string, string>()
  for (const { body } of frames) {
    if (body.type !== 'item.delta') continue
    const before = texts.get(body.item_id) ?? ''
    if (before.length !== body.offset) throw new Error(`a delta at ${body.offset} came after ${before.length} units`)
    texts.set(body.item_id, before + body.text)
  }
  return texts
}

export const events = (frames: readonly Frame[]): Event[] => frames.flatMap(({ body }) => (isRecorded(body) ? [body] : []))

/** Reads a stream until `enough` returns true, until its end, or for `limitMs`. */
export async function readStream(
  url: string,
  headers: Record<string, string>,
  enough: (frames: readonly Frame[], bytes: number) => boolean,
  limitMs = 20_000,
): Promise<{ status: number; headers: Headers; bytes: Uint8Array; frames: Frame[] }> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), limitMs)
  const chunks: Uint8Array[] = []
  const frames: Frame[] = []
  const parser = createParser({ onEvent: ({ id = '', data }) => frames.push({ id, body: JSON.parse(data) }) })
  const decoder = new TextDecoder()
  let length = 0
  const response = await fetch(url, { headers, signal: abort.signal })
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      length += chunk.length
      parser.feed(decoder.decode(chunk, { stream: true }))
      if (enough(frames, length)) break
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
    abort.abort()
  }
  return { status: response.status, headers: response.headers, bytes: Buffer.concat(chunks), frames }
}

/** True after `turns` ends of turns. */
export const untilEnded =
  (turns = 1) =>
  (frames: readonly Frame[]): boolean =>
    frames.filter(({ body }) => body.type === 'turn.ended').length >= turns
