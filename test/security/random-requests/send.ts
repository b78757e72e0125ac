/** Sends requests as bytes over HTTP/1.1: also ones that `fetch` would refuse or change. */
import { Agent, request as httpRequest } from 'node:http'
import type { RandomRequest } from './requests.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The text. Of an event stream only the beginning. */
  readonly text: string
}

/** How long an event stream is read before the client hangs up. Milliseconds. */
const streamMs = 200
/** The longest time for a response: more than the longest wait that a request may state. Milliseconds. */
const responseMs = 120_000

/** A sender with `connections` connections to `url`. */
export function sender(url: string, connections: number) {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    close: () => agent.destroy(),
    send: ({ method, path, headers, body, route }: RandomRequest, token: string): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const fail = (reason: string) => reject(new Error(`${route}: ${reason}: ${method} ${path.slice(0, 300)}`))
        const timer = setTimeout(() => request.destroy(new Error('no response')), responseMs)
        const request = httpRequest(
          {
            hostname,
            port,
            agent,
            method,
            path,
            headers: { authorization: `Bearer ${token}`, ...headers, ...(body ? { 'content-length': body.length } : {}) },
          },
          (response) => {
            const pieces: Buffer[] = []
            const done = () => {
              clearTimeout(timer)
              resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(pieces).toString() })
            }
            response.on('data', (piece) => pieces.push(piece)).on('end', done)
            response.on('error', (error) => fail(`the response ended early (${error.message})`))
            if (!/^text\/event-stream/.test(response.headers['content-type'] ?? '')) return
            setTimeout(() => {
              done()
              request.destroy()
            }, streamMs)
          },
        )
        request.on('error', (error) => {
          clearTimeout(timer)
          fail(error.message)
        })
        request.end(body)
      }),
  }
}
