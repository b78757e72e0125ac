/**
 * The load: many readers of event streams in one process, the same for every server.
 * During a measurement a reader only copies bytes and looks for the end. The content is checked afterwards.
 * Raw sockets read into one shared buffer, so that a delivery costs far less here than at the server.
 */
import { connect, type Socket } from 'node:net'
import { withoutChunks } from './wire.ts'

/** Time for an answer to reach all readers. Milliseconds. */
const timeoutMs = 120_000
/** Number of concurrent connects: fewer than the backlog of a listening socket. */
const concurrency = 50

const sharedBuffer = Buffer.alloc(65_536)

/** The part of an answer that one reader received. */
export interface Received {
  readonly text: string
  /** Number of delta frames. */
  readonly frames: number
}

class Reader {
  readonly #socket: Socket
  #pending = Buffer.alloc(0)
  #used = 0
  #mark = Buffer.alloc(0)
  #found = Promise.withResolvers<number>()

  constructor(port: number, request: string) {
    this.#socket = connect({ port, host: '127.0.0.1', onread: { buffer: sharedBuffer, callback: (bytes) => this.#read(bytes) } })
    this.#socket.on('error', (error) => this.#found.reject(error))
    this.#socket.on('close', () => this.#found.reject(new Error('a stream ended too early')))
    this.#found.promise.catch(() => {})
    this.#socket.write(request)
  }

  /** Resolves with the `performance.now()` of `mark`. Drops earlier data. Expects about `bytes`. */
  waitFor(mark: string, bytes = 4_096): Promise<number> {
    this.#mark = Buffer.from(mark)
    this.#pending = Buffer.allocUnsafeSlow(bytes)
    this.#used = 0
    this.#found = Promise.withResolvers()
    return this.#found.promise
  }

  /** Resolves with the time of `mark`, including data since `waitFor`. */
  waitForNext(mark: string): Promise<number> {
    this.#mark = Buffer.from(mark)
    this.#found = Promise.withResolvers()
    if (this.#pending.subarray(0, this.#used).includes(this.#mark)) this.#found.resolve(performance.now())
    return this.#found.promise
  }

  get received(): string {
    return this.#pending.toString('utf8', 0, this.#used)
  }

  close(): void {
    this.#found.promise.catch(() => {})
    this.#socket.destroy()
  }

  #read(bytes: number): boolean {
    const from = Math.max(0, this.#used - this.#mark.length)
    if (this.#used + bytes > this.#pending.length) this.#grow(bytes)
    sharedBuffer.copy(this.#pending, this.#used, 0, bytes)
    this.#used += bytes
    if (this.#pending.subarray(from, this.#used).includes(this.#mark)) this.#found.resolve(performance.now())
    return true
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.#used + bytes))
    this.#pending.copy(larger, 0, 0, this.#used)
    this.#pending = larger
  }
}

/** The readers of one server. */
export class Readers {
  readonly #readers: Reader[] = []

  /** Opens `count` streams with `request`, and waits until the server has answered all of them. */
  static async open(port: number, request: string, count: number): Promise<Readers> {
    const readers = new Readers()
    while (readers.#readers.length < count) {
      const batch = Array.from({ length: Math.min(concurrency, count - readers.#readers.length) }, () => new Reader(port, request))
      readers.#readers.push(...batch)
      await withTimeout(Promise.all(batch.map((reader) => reader.waitFor('text/event-stream'))))
    }
    return readers
  }

  /** Makes all readers wait for `mark`. Resolves with the time of the last one. */
  async waitFor(mark: string, bytes: number): Promise<number> {
    return Math.max(...(await withTimeout(Promise.all(this.#readers.map((reader) => reader.waitFor(mark, bytes))))))
  }

  /** Waits for a later `mark`, without dropping data. */
  async waitForNext(mark: string): Promise<number> {
    return Math.max(...(await withTimeout(Promise.all(this.#readers.map((reader) => reader.waitForNext(mark))))))
  }

  /** The content that each reader received since `waitFor`. Equal bytes are parsed once. */
  received(): Received[] {
    const parsed = new Map<string, Received>()
    return this.#readers.map((reader) => {
      const bytes = withoutChunks(reader.received)
      const cached = parsed.get(bytes)
      if (cached) return cached
      const result = parseReceived(bytes)
      parsed.set(bytes, result)
      return result
    })
  }

  close(): void {
    for (const reader of this.#readers) reader.close()
  }
}

function parseReceived(stream: string): Received {
  let text = ''
  let frames = 0
  for (const [, json = ''] of stream.matchAll(/^data: (.*)$/gm)) {
    const frame: { type?: string; text?: string } = JSON.parse(json)
    if (frame.type !== 'item.delta') continue
    text += frame.text
    frames += 1
  }
  return { text, frames }
}

function withTimeout<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const timedOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`some readers did not have the answer within ${timeoutMs / 1_000} s`)), timeoutMs)
  })
  return Promise.race([promise, timedOut]).finally(() => clearTimeout(timer))
}
