/** In front of a database: passes everything on, but may lose the answer after the effect. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Lossy {
  /** Where to ask instead of `target`. */
  readonly endpoint: string
  /** Of the coming requests, so many get no answer; they have their effect. */
  lose(answers: number): void
  /** How many were lost so far. */
  readonly lost: number
  close(): Promise<void>
}

export async function lossy(target: string): Promise<Lossy> {
  let losing = 0
  let lost = 0
  const server = createServer(async (request, response) => {
    try {
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers as Record<string, string>
      const answer = await fetch(target, { method: 'POST', headers, body: await bytes(request) })
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
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sql`,
    lose: (answers) => {
      losing = answers
    },
    get lost() {
      return lost
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function bytes(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}
