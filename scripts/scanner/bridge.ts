/** The HTTP interface that Soma asks about files, before ClamAV: `POST` with the bytes, answered as JSON. */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type Clamd, scanStream } from './clamd.ts'

/** A server that does not listen yet. `token`: what callers must send; empty: anyone may call. */
export const scannerBridge = (clamd: Clamd, token: string): Server =>
  createServer(async (request, response) => {
    const end = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body))
    if (!isAllowed(request, token)) return end(401, { error: 'wrong token' })
    if (request.method !== 'POST') return end(405, { error: 'POST the bytes of a file' })
    try {
      const verdict = await scanStream(clamd, request as AsyncIterable<Uint8Array>)
      if (verdict === 'too_large') end(413, { error: 'larger than clamd accepts' })
      else end(200, verdict)
    } catch (error) {
      end(502, { error: (error as Error).message })
    }
  })

function isAllowed({ headers }: IncomingMessage, token: string): boolean {
  const sent = Buffer.from(headers.authorization ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return token === '' || (sent.length === expected.length && timingSafeEqual(sent, expected))
}
