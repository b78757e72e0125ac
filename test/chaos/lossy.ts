/** In front of a database: passes everything on, but may lose the answer after the effect, be away, or refuse what it does not like. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Lossy {
  /** Where to ask instead of `target`. */
  readonly endpoint: string
  /** Of the coming requests, so many get no answer; they have their effect. */
  lose(answers: number): void
  /** Away: whoever asks is cut off. */
  away: boolean
  /** What the database refuses, by what stands in the request. */
  refuses: string | null
  /** How many were lost so far. */
  readonly lost: number
  close(): Promise<void>
}

export async function lossy(target: string): Promise<Lossy> {
  let losing = 0
  let lost = 0
  const way: Pick<Lossy, 'away' | 'refuses'> = { away: false, refuses: null }
  const server = createServer(async (request, response) => {
    if (way.away) return response.destroy()
    try {
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers as Record<string, string>
      const asked = await bytes(request)
      if (way.refuses !== null && Buffer.from(asked).includes(way.refuses)) {
        response.writeHead(400, { 'content-type': 'application/json' })
        return response.end(JSON.stringify({ message: 'refused', code: '22000', severity: 'ERROR' }))
      }
      const answer = await fetch(target, { method: 'POST', headers, body: asked })
      const body = new Uint8Array(await answer.arrayBuffer())
      if (losing > 0) {
        losing--
        lost++
        response.destroy()
      } else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
    } catch {
      // Nobody is behind us.
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(way, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sql`,
    lose: (answers: number) => {
      losing = answers
    },
    get lost() {
      return lost
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}

async function bytes(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}
