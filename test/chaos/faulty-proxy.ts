/** A proxy in front of a database. It can drop answers after their effect, be unavailable, or reject requests. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { arrayBuffer } from 'node:stream/consumers'

export interface FaultyProxy {
  /** The address of the proxy. */
  readonly endpoint: string
  /** Drops the next `answers` answers. The requests take effect. */
  dropAnswers(answers: number): void
  /** Closes every connection. */
  down: boolean
  /** Rejects every request that contains this text. Null: none. */
  rejects: string | null
  /** Number of dropped answers. */
  readonly dropped: number
  close(): Promise<void>
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let remaining = 0
  const state = { down: false, rejects: null as string | null, dropped: 0 }
  const server = createServer(async (request, response) => {
    if (state.down) return response.destroy()
    try {
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers as Record<string, string>
      const body = new Uint8Array(await arrayBuffer(request))
      if (state.rejects !== null && Buffer.from(body).includes(state.rejects)) {
        response.writeHead(400, { 'content-type': 'application/json' })
        return response.end(JSON.stringify({ message: 'refused', code: '22000', severity: 'ERROR' }))
      }
      const upstream = await fetch(target, { method: 'POST', headers, body })
      const answerBody = new Uint8Array(await upstream.arrayBuffer())
      if (remaining > 0) {
        remaining--
        state.dropped++
        response.destroy()
      } else response.writeHead(upstream.status, { 'content-type': 'application/json' }).end(answerBody)
    } catch {
      // The database does not respond.
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sql`,
    dropAnswers: (answers: number) => {
      remaining = answers
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}
