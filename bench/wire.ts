/** Requests as bytes, and a connection that sends them: what both sides of a comparison are asked with, at no cost worth counting. */
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

  /** Posts JSON. Resolves when the whole answer is there; anything but 200 is an error. */
  post(path: string, body: object, token = ''): Promise<void> {
    const json = JSON.stringify(body)
    this.#read = ''
    this.#answer = Promise.withResolvers()
    this.#socket.write(
      `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n${bearer(token)}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
    )
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
