/**
 * The peer: plain `node:http` with a set of readers. Each word of the model goes to all of them at once.
 * With an argument in milliseconds, it collects words for that time and sends one delta, like our object.
 */
import { writeSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Deltas, streamAnswer } from './model-stream.ts'

const tickMs = Number(process.argv[2] ?? 0)
const modelUrl = process.env.MODEL_URL ?? ''
const readers = new Set<ServerResponse>()

function broadcast(frame: string): void {
  const bytes = Buffer.from(frame)
  for (const reader of readers) reader.write(bytes)
}

async function answer(message: string): Promise<void> {
  const deltas = new Deltas()
  let pendingText = ''
  let tick: ReturnType<typeof setTimeout> | null = null
  const flush = () => {
    tick = null
    if (pendingText !== '') broadcast(deltas.frame(pendingText))
    pendingText = ''
  }
  await streamAnswer(modelUrl, [{ role: 'user', content: message }], (text) => {
    if (tickMs === 0) return broadcast(deltas.frame(text))
    pendingText += text
    tick ??= setTimeout(flush, tickMs)
  })
  if (tick) clearTimeout(tick)
  flush()
  broadcast(`id: 6\ndata: ${deltas.ended}\n\n`)
}

const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    response.write(': connected\n\n')
    readers.add(response)
    response.on('close', () => readers.delete(response))
    return
  }
  let body = ''
  for await (const piece of request.setEncoding('utf8')) body += piece
  response.end('{}')
  await answer(JSON.parse(body).message)
})

server.listen(0, '127.0.0.1', () => writeSync(3, `${JSON.stringify({ event: 'listen', port: (server.address() as AddressInfo).port })}\n`))
