import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, vi } from 'vitest'
import { EventStreamGuard } from '../../../../workers/conversation/models/event-stream-guard.ts'

/** Keeps this thread busy, as a stall of an isolate does. */
function stall(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

it('reads data that arrived during a stall, before it ends an answer without usage', async () => {
  const connected = Promise.withResolvers<ServerResponse>()
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"choices":[{"finish_reason":"stop"}]}\n\n')
    connected.resolve(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const guard = new EventStreamGuard()
  const watched = await guard.watch(await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  const events = watched.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await events?.read())?.value).toContain('finish_reason')
  const response = await connected.promise
  guard.endWithin(200)
  // Written, and not read before the timer is overdue.
  response.write('data: {"usage":{}}\n\n')
  stall(600)
  expect((await events?.read())?.value).toContain('usage')
  // An answer without usage still ends.
  expect((await events?.read())?.done).toBe(true)
  server.closeAllConnections()
  server.close()
})

it('leaves no timer when an answer has ended', async () => {
  vi.useFakeTimers()
  try {
    const guard = new EventStreamGuard()
    const watched = await guard.watch(new Response('data: {"choices":[{"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'))
    expect(await watched.text()).toContain('finish_reason')
    guard.endWithin(2_000)
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
