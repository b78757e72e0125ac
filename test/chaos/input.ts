/** What no client should send: from nothing to 200 MB, and JSON that is none. It is refused early, and nobody else notices. */
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { cast, finish, type Run } from './cast.ts'
import type { Stage } from './stage.ts'

interface InputAttempt {
  readonly name: string
  /** What it may be answered. */
  readonly expects: readonly number[]
  readonly body?: Buffer
  /** Bytes of a body of one letter. */
  readonly size?: number
  /** Without a length: in pieces, as long as they are taken. */
  readonly chunked?: boolean
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

const megabyte = 1_048_576
const json = (value: unknown) => Buffer.from(JSON.stringify(value))

const sizes: InputAttempt[] = [0, 1, 1_000, 100_000, megabyte, 2 * megabyte, 20 * megabyte, 200 * megabyte].flatMap((size) =>
  [false, true].map((chunked) => ({
    name: `${size} bytes${chunked ? ', in pieces' : ''}`,
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
  { name: '100,000 objects in each other', body: Buffer.from('{"a":'.repeat(100_000)), expects: [400] },
  { name: 'bytes that are no UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), expects: [400] },
  { name: 'a number for a message', body: json({ message: 5 }), expects: [400] },
  { name: 'an empty message', body: json({ message: '' }), expects: [400] },
  { name: 'a message that is too long', body: json({ message: 'x'.repeat(32_001) }), expects: [400] },
  { name: '50,000 keys', body: json(Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, n]))), expects: [400] },
  { name: 'a session id that is none', body: json({ session_id: '../x', message: 'hi' }), expects: [400] },
  {
    name: 'metadata 1,000 deep',
    body: Buffer.from(`{"message":"hi","metadata":${'{"a":'.repeat(1_000)}1${'}'.repeat(1_001)}`),
    expects: [400],
  },
  { name: 'prototype', body: Buffer.from('{"__proto__":{"message":"hi"},"constructor":1}'), expects: [400] },
  { name: 'no type', body: json({ message: 'hi' }), type: '', expects: [415] },
  { name: 'a form', body: Buffer.from('message=hi'), type: 'application/x-www-form-urlencoded', expects: [415] },
  {
    name: 'a key with a line break in it',
    body: json({ message: 'hi' }),
    headers: { 'idempotency-key': 'x'.repeat(1_000) },
    expects: [400],
  },
]

/** All of it at once beside people who talk; memory is watched. */
export async function input(run: Run): Promise<void> {
  const { stage } = run
  const before = memory(stage)
  let peak = before
  const watching = setInterval(() => {
    peak = Math.max(peak, memory(stage))
  }, 50)
  const { actors } = cast(run)
  const playing = actors.map((actor) => actor.play())
  let most = 0
  const attempts = [...malformed, ...sizes]
  for (let from = 0; from < attempts.length; from += 4) {
    await Promise.all(
      attempts.slice(from, from + 4).map(async (attempt) => {
        const { status, sent, ms, ours } = await make(stage, attempt)
        // Whoever goes on sending may find the connection gone before it reads why; or wrangler's proxy does, which then answers 500 itself.
        const cutOff = !ours && attempt.expects.includes(413) && sent < (attempt.size ?? 0)
        if (!attempt.expects.includes(status) && !cutOff) run.wrong.push(`${attempt.name} was answered ${status} after ${ms} ms`)
        // The gateway takes no more than what is on its way; wrangler's proxy before it takes whatever has a length, to the end.
        if (attempt.chunked && attempt.expects.includes(413)) most = Math.max(most, sent)
      }),
    )
  }
  await sleep(200)
  clearInterval(watching)
  const grown = Math.round((peak - before) / megabyte)
  console.log(
    `  ${attempts.length} refused; at most ${Math.round(most / megabyte)} MB were taken of 200 in pieces; memory grew by ${grown} MB at most`,
  )
  if (grown > 300) run.wrong.push(`memory grew by ${grown} MB`)
  run.lastFaultAt = Date.now()
  await finish(run, actors, playing)
}

/** Sends it. What it was answered (0: not at all) and whether by the gateway, and how much had been sent by then. */
function make({ stack, alice }: Stage, attempt: InputAttempt): Promise<{ status: number; sent: number; ms: number; ours: boolean }> {
  const { body, size = body?.length ?? 0, chunked = false, type = 'application/json', headers = {} } = attempt
  const since = Date.now()
  return new Promise((resolve) => {
    const asked = request(`${stack.url}/v1/sessions/message`, {
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
    let over = false
    const end = (status: number, ours = false) => {
      if (over) return
      over = true
      clearTimeout(late)
      resolve({ status, sent, ms: Date.now() - since, ours })
      asked.destroy()
    }
    const late = setTimeout(() => end(0), 30_000)
    asked.on('response', (response) => {
      response.resume()
      end(response.statusCode ?? 0, response.headers['x-request-id'] !== undefined)
    })
    asked.on('error', () => end(0))
    const piece = Buffer.alloc(65_536, 'x')
    const write = () => {
      while (!over && sent < size) {
        const part = body ?? piece.subarray(0, Math.min(piece.length, size - sent))
        sent += part.length
        if (!asked.write(part)) return void asked.once('drain', write)
      }
      if (!over) asked.end()
    }
    write()
  })
}

/** Resident memory of all processes of the stack. Bytes. */
function memory({ stack }: Stage): number {
  let pages = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`SOMA_STACK=${stack.state}\0`)) continue
      pages += Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    } catch {
      // It has ended.
    }
  }
  return pages * 4_096
}
