/** Waits for the next event of a reader's stream. */
import { frameChunks } from '../session-frames.ts'
import { isEvent } from './translate.ts'

/** Whether an event came before `waitMs` had passed. */
export async function awaitEvent(body: ReadableStream<Uint8Array>, waitMs: number): Promise<boolean> {
  const reader = body.getReader()
  const leave = () => void reader.cancel().catch(() => {})
  const timer = setTimeout(leave, waitMs)
  try {
    for await (const chunk of frameChunks(reader)) if (chunk.some((frame) => frame !== null && isEvent(frame))) return true
    return false
  } finally {
    clearTimeout(timer)
    leave()
  }
}
