/** Requests as bytes, and a connection with negligible cost, for both sides of a comparison. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** The request of an event stream, as text. */
export const streamRequest = (path: string, token = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n${bearer(token)}\r\n`

const bearer = (token: string): string => (token === '' ? '' : `authorization: Bearer ${token}\r\n`)

/** A persistent connection for sequential requests. */
export class Connection {
  readonly #socket: Socket
  #answer = Promise.withResolvers<void>()
  #received = ''

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (bytes: string) => this.#receive(bytes))
    this.#socket.on('error', (error) => this.#answer.reject(error))
    this.#socket.on('close', () => this.#answer.reject(new Error('the connection was closed')))
    this.#answer.promise.catch(() => {})
  }

  post(path: string, body: object, token = ''): Promise<void> {
    return this.send('POST', path, body, token)
  }

  /** Sends JSON. Resolves with the complete response. Rejects if the status is not 200. */
  send(method: 'POST' | 'PATCH', path: string, body: object, token = ''): Promise<void> {
    const json = JSON.stringify(body)
    this.#received = ''
    this.#answer = Promise.withResolvers()
    this.#socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${bearer(token)}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
    )
    return this.#answer.promise
  }

  /** Resolves with the complete response. Rejects if the status is not 200. */
  get(path: string, token: string): Promise<void> {
    this.#received = ''
    this.#answer = Promise.withResolvers()
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n${bearer(token)}\r\n`)
    return this.#answer.promise
  }

  close(): void {
    this.#answer.promise.catch(() => {})
    this.#socket.destroy()
  }

  #receive(bytes: string): void {
    this.#received += bytes
    const head = this.#received.indexOf('\r\n\r\n')
    if (head < 0) return
    if (!this.#received.startsWith('HTTP/1.1 200')) {
      this.#answer.reject(new Error(this.#received))
      return
    }
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, head))?.[1]
    const isComplete = length === undefined ? this.#received.endsWith('\r\n0\r\n\r\n') : this.#received.length >= head + 4 + Number(length)
    if (isComplete) this.#answer.resolve()
  }
}

/** The response to one request, up to the mark `last` of `read`. Times count from the write on an open connection. */
export interface Reading {
  readonly firstMs: number
  readonly lastMs: number
  readonly bytes: number
  /** The body without the chunked encoding. */
  text(): string
}

/** Time for a response. Milliseconds. */
const timeoutMs = 60_000

/** Sends a request on a new connection, and reads until `last`. `first` and `last` may be equal. */
export async function read(port: number, request: string, first: string, last: string): Promise<Reading> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const pieces: Buffer[] = []
  const done = Promise.withResolvers<{ firstMs: number; lastMs: number }>()
  const timer = setTimeout(() => done.reject(new Error(`${last} did not arrive in time`)), timeoutMs)
  let firstMs: number | null = null
  let rest = ''
  const startedAt = performance.now()
  socket.on('data', (bytes) => {
    pieces.push(bytes)
    // A mark is ASCII and can be split between reads. latin1 keeps every byte.
    const text = rest + bytes.toString('latin1')
    if (firstMs === null && text.includes(first)) firstMs = performance.now() - startedAt
    if (firstMs !== null && text.includes(last)) done.resolve({ firstMs, lastMs: performance.now() - startedAt })
    rest = text.slice(-Math.max(first.length, last.length))
  })
  socket.on('error', done.reject)
  socket.on('close', () => done.reject(new Error(`${last} did not arrive`)))
  socket.write(request)
  try {
    const times = await done.promise
    const bytes = Buffer.concat(pieces)
    return { ...times, bytes: bytes.length, text: () => withoutChunks(bytes.toString('utf8')) }
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** Removes the chunked encoding (RFC 9112 §7.1). JSON on one line has no raw CR, so nothing else matches. */
export const withoutChunks = (bytes: string): string => bytes.replace(/\r\n[0-9a-fA-F]+\r\n/g, '').replace(/^[0-9a-fA-F]+\r\n/, '')
