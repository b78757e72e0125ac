/** Invalid requests: bodies from 0 bytes to 200 MB, and malformed JSON. Each is rejected early, without harm to other users. */
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createActors, finish, type Run } from './actors.ts'
import type { System } from './system.ts'

interface InputAttempt {
  readonly name: string
  /** Accepted status codes. */
  readonly expects: readonly number[]
  readonly body?: Buffer
  /** Length of a body of one repeated letter. Bytes. */
  readonly size?: number
  /** Sends the body in chunks, without a content length. */
  readonly chunked?: boolean
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

const megabyte = 1_048_576
const json = (value: unknown) => Buffer.from(JSON.stringify(value))

const sizes: InputAttempt[] = [0, 1, 1_000, 100_000, megabyte, 2 * megabyte, 20 * megabyte, 200 * megabyte].flatMap((size) =>
  [false, true].map((chunked) => ({
    name: `${size} bytes${chunked ? ', chunked' : ''}`,
    size,
    chunked,
    expects: size > 1_000_000 ? [413] : [400],
  })),
)
const malformed: InputAttempt[] = [
  { name: 'half an object', body: Buffer.from('{"message": "hi"'), expects: [400] },
  { name: 'null', body: Buffer.from('null'), expects: [400] },
  { name: 'a list', body: Buffer.from('[]'), expects: [400] },
  { name: '100,000 brackets', body: Buffer.from('['.repeat(100_000)), expects: [400] },
  { name: '100,000 nested objects', body: Buffer.from('{"a":'.repeat(100_000)), expects: [400] },
  { name: 'bytes that are not UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), expects: [400] },
  { name: 'a number for a message', body: json({ message: 5 }), expects: [400] },
  { name: 'an empty message', body: json({ message: '' }), expects: [400] },
  { name: 'a message that is too long', body: json({ message: 'x'.repeat(32_001) }), expects: [400] },
  { name: '50,000 keys', body: json(Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, n]))), expects: [400] },
  { name: 'an invalid session id', body: json({ session_id: '../x', message: 'hi' }), expects: [400] },
  {
    name: 'metadata 1,000 deep',
    body: Buffer.from(`{"message":"hi","metadata":${'{"a":'.repeat(1_000)}1${'}'.repeat(1_001)}`),
    expects: [400],
  },
  { name: 'prototype', body: Buffer.from('{"__proto__":{"message":"hi"},"constructor":1}'), expects: [400] },
  { name: 'no content type', body: json({ message: 'hi' }), type: '', expects: [415] },
  { name: 'a form', body: Buffer.from('message=hi'), type: 'application/x-www-form-urlencoded', expects: [415] },
  {
    name: 'an idempotency key of 1,000 characters',
    body: json({ message: 'hi' }),
    headers: { 'idempotency-key': 'x'.repeat(1_000) },
    expects: [400],
  },
]

/** Sends the invalid requests during conversations, and watches memory. */
export async function input(run: Run): Promise<void> {
  const { system } = run
  const before = memory(system)
  let peak = before
  const memoryTimer = setInterval(() => {
    peak = Math.max(peak, memory(system))
  }, 50)
  const { actors } = createActors(run)
  const running = actors.map((actor) => actor.run())
  let mostSent = 0
  const attempts = [...malformed, ...sizes]
  for (let from = 0; from < attempts.length; from += 4) {
    await Promise.all(
      attempts.slice(from, from + 4).map(async (attempt) => {
        const { status, sent, ms, fromGateway } = await sendAttempt(system, attempt)
        // A client that keeps sending can lose its connection before it reads the response.
        // The same happens to wrangler's proxy, which then responds with 500.
        const cutOff = !fromGateway && attempt.expects.includes(413) && sent < (attempt.size ?? 0)
        if (!attempt.expects.includes(status) && !cutOff) run.errors.push(`${attempt.name} got ${status} after ${ms} ms`)
        // The gateway reads only the bytes in flight. wrangler's proxy reads bodies of known length to their end.
        if (attempt.chunked && attempt.expects.includes(413)) mostSent = Math.max(mostSent, sent)
      }),
    )
  }
  await sleep(200)
  clearInterval(memoryTimer)
  const growth = Math.round((peak - before) / megabyte)
  console.log(
    `  ${attempts.length} refused; at most ${Math.round(mostSent / megabyte)} MB were read of 200 in chunks; memory grew by ${growth} MB at most`,
  )
  if (growth > 300) run.errors.push(`memory grew by ${growth} MB`)
  run.lastFaultAt = Date.now()
  await finish(run, actors, running)
}

/** Sends `attempt`. `status` is 0 without a response. `fromGateway`: the gateway responded. `sent`: bytes sent before the response. */
function sendAttempt(
  { stack, alice }: System,
  attempt: InputAttempt,
): Promise<{ status: number; sent: number; ms: number; fromGateway: boolean }> {
  const { body, size = body?.length ?? 0, chunked = false, type = 'application/json', headers = {} } = attempt
  const since = Date.now()
  return new Promise((resolve) => {
    const outgoing = request(`${stack.url}/v1/sessions/message`, {
      method: 'POST',
      agent: false,
      headers: {
        authorization: `Bearer ${alice.token}`,
        ...(type !== '' && { 'content-type': type }),
        ...(!chunked && { 'content-length': `${size}` }),
        ...headers,
      },
    })
    let sent = 0
    let isDone = false
    const end = (status: number, fromGateway = false) => {
      if (isDone) return
      isDone = true
      clearTimeout(timeout)
      resolve({ status, sent, ms: Date.now() - since, fromGateway })
      outgoing.destroy()
    }
    const timeout = setTimeout(() => end(0), 30_000)
    outgoing.on('response', (response) => {
      response.resume()
      end(response.statusCode ?? 0, response.headers['x-request-id'] !== undefined)
    })
    outgoing.on('error', () => end(0))
    const piece = Buffer.alloc(65_536, 'x')
    const write = () => {
      while (!isDone && sent < size) {
        const part = body ?? piece.subarray(0, Math.min(piece.length, size - sent))
        sent += part.length
        if (!outgoing.write(part)) return void outgoing.once('drain', write)
      }
      if (!isDone) outgoing.end()
    }
    write()
  })
}

/** Resident memory of all processes of the stack. Bytes. */
function memory({ stack }: System): number {
  let pages = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`SOMA_STACK=${stack.state}\0`)) continue
      pages += Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    } catch {
      // The process has ended.
    }
  }
  return pages * 4_096
}
