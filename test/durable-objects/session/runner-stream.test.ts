import { describe, expect, it } from 'vitest'
import { RunnerStream } from '../../../durable-objects/session/runner-stream.ts'

describe('The stream of a runner', () => {
  it('ends after its idle timeout, and cancels its source', async () => {
    let cancelled: unknown
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"type":"alive"}\n')),
      cancel: (reason) => {
        cancelled = reason
      },
    })
    const chunks = []
    for await (const chunk of new RunnerStream(source, 20).chunks()) chunks.push(chunk)
    expect(chunks).toEqual([[{ type: 'alive' }]])
    expect(cancelled).toBe('silent')
  })
})
