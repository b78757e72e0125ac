/** Requests as bytes, and a connection that sends them: what both sides of a comparison are asked with, at no cost worth counting. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export const streamRequest = (path: string, token = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\n${bearer(token)}\r\n`

const bearer = (token: string): string => (token === '' ? '' : `authorization: Bearer ${token}\r\n`)

/** A connection that stays open, for one request after the other. */
export class Line {
  readonly #socket: Socket
  #answer = Promise.withResolvers<void>()
  #read = ''

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (bytes: string) => this.#hear(bytes))
    this.#socket.on('error', (error) => this.#answer.reject(error))
    this.#socket.on('close', () => this.#answer.reject(new Error('the connection was closed')))
    this.#answer.promise.catch(() => {})
  }

  post(path: string, body: object, token = ''): Promise<void> {
    return this.send('POST', path, body, token)
  }

  /** Sends JSON. Resolves when the whole answer is there; anything but 200 is an error. */
  send(method: 'POST' | 'PATCH', path: string, body: object, token = ''): Promise<void> {
    const json = JSON.stringify(body)
    this.#read = ''
    this.#answer = Promise.withResolvers()
    this.#socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n${bearer(token)}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
    )
    return this.#answer.promise
  }

  /** Resolves when the whole answer is there; anything but 200 is an error. */
  get(path: string, token: string): Promise<void> {
    this.#read = ''
    this.#answer = Promise.withResolvers()
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: bench\r\n${bearer(token)}\r\n`)
    return this.#answer.promise
  }

  close(): void {
    this.#answer.promise.catch(() => {})
    this.#socket.destroy()
  }

  #hear(bytes: string): void {
    this.#read += bytes
    const head = this.#read.indexOf('\r\n\r\n')
    if (head < 0) return
    if (!this.#read.startsWith('HTTP/1.1 200')) {
      this.#answer.reject(new Error(this.#read))
      return
    }
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#read.slice(0, head))?.[1]
    const whole = length === undefined ? this.#read.endsWith('\r\n0\r\n\r\n') : this.#read.length >= head + 4 + Number(length)
    if (whole) this.#answer.resolve()
  }
}

/** What one request was answered with, up to `last`; times from the moment it was written on an open connection. */
export interface Reading {
  readonly firstMs: number
  readonly lastMs: number
  readonly bytes: number
  /** Everything, without the framing of chunks. */
  text(): string
}

/** How long an answer may take. Milliseconds. */
const patienceMs = 60_000

/** Asks on a connection of its own, and reads until `last` has come. `first` and `last` may be the same. */
export async function read(port: number, request: string, first: string, last: string): Promise<Reading> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const pieces: Buffer[] = []
  const done = Promise.withResolvers<{ firstMs: number; lastMs: number }>()
  const late = setTimeout(() => done.reject(new Error(`${last} did not come in time`)), patienceMs)
  let firstMs: number | null = null
  let rest = ''
  const startedAt = performance.now()
  socket.on('data', (bytes) => {
    pieces.push(bytes)
    // A mark is ASCII and may be cut in two; latin1 keeps every byte apart.
    const text = rest + bytes.toString('latin1')
    if (firstMs === null && text.includes(first)) firstMs = performance.now() - startedAt
    if (firstMs !== null && text.includes(last)) done.resolve({ firstMs, lastMs: performance.now() - startedAt })
    rest = text.slice(-Math.max(first.length, last.length))
  })
  socket.on('error', done.reject)
  socket.on('close', () => done.reject(new Error(`${last} did not come`)))
  socket.write(request)
  try {
    const times = await done.promise
    const bytes = Buffer.concat(pieces)
    return { ...times, bytes: bytes.length, text: () => withoutChunks(bytes.toString('utf8')) }
  } finally {
    clearTimeout(late)
    socket.destroy()
  }
}

/** Takes the framing of chunks away (RFC 9112 §7.1). A JSON text in one line holds no raw CR, so nothing else looks like it. */
export const withoutChunks = (bytes: string): string => bytes.replace(/\r\n[0-9a-fA-F]+\r\n/g, '').replace(/^[0-9a-fA-F]+\r\n/, '')
