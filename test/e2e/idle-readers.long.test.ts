/** A client that leaves an idle stream. Only the next write to its connection detects that, and a heartbeat is one. */
import { connect, type Socket } from 'node:net'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { limits } from '../../shared/api/limits.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { user } from '../support/user.ts'

let stack: SharedStack

beforeAll(async () => {
  stack = await sharedStack()
}, 150_000)

describe('M9. A client that leaves idle streams', () => {
  it('gets its slots back with a heartbeat, without a probe of the session', async () => {
    const token = await stack.token('idle-readers', 'alice')
    const alice = user(stack.url, token)
    const { hostname, port } = new URL(stack.url)
    const open = (session: string) =>
      new Promise<{ socket: Socket; status: number }>((done) => {
        const socket = connect(Number(port), hostname)
        socket.on('error', () => {})
        socket.write(
          `GET /v1/sessions/${session}/events?stream=true HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n\r\n`,
        )
        socket.once('data', (bytes) => done({ socket, status: Number(/^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1'))?.[1]) }))
      })
    const readers: Awaited<ReturnType<typeof open>>[] = []
    while (readers.length < limits.subjectStreams) {
      const { session_id } = await alice.send('hello')
      readers.push(...(await Promise.all(Array.from({ length: limits.subjectReaders }, () => open(session_id)))))
    }
    expect(readers.map(({ status }) => status)).toEqual(readers.map(() => 200))
    // No session is full, so a refusal here probes none.
    const { session_id } = await alice.send('another')
    const another = async () => {
      const { socket, status } = await open(session_id)
      socket.destroy()
      return status
    }
    expect(await another()).toBe(429)
    for (const { socket } of readers) socket.destroy()
    await vi.waitFor(async () => expect(await another()).toBe(200), { timeout: 90_000, interval: 500 })
  }, 180_000)
})
