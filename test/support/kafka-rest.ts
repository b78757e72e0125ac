/**
 * A Kafka REST API v2 that misbehaves like the real ones.
 * Each room (the first path segment) has its own topic and its own script.
 * The script has one behaviour per record. After its end, records are accepted.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Behaviour, Room } from './kafka-room.ts'

const slowMs = 150

/** Starts the server on `port`. `rooms`: the records of an earlier server. */
export async function serveKafkaRest(
  port = 0,
  rooms = new Map<string, Room>(),
): Promise<{ readonly url: string; readonly rooms: Map<string, Room>; close(): Promise<void> }> {
  const roomOf = (name: string): Room => {
    const room = rooms.get(name) ?? { records: [], script: [], headers: [], maxOpen: 0, open: 0, topics: ['conversation.outbound'] }
    rooms.set(name, room)
    return room
  }
  const server = createServer(async (request, response) => {
    const [, name = '', ...path] = (request.url ?? '').split('/')
    const room = roomOf(name)
    const body = await text(request)
    const json = (status: number, answer: unknown) =>
      response.writeHead(status, { 'content-type': 'application/vnd.kafka.v2+json' }).end(JSON.stringify(answer))
    // The test's own requests.
    if (path[0] === '-' && request.method === 'GET') return json(200, room)
    if (path[0] === '-') return json(200, Object.assign(room, JSON.parse(body)))
    if (request.method === 'GET') return typeof room.topics === 'object' ? json(200, room.topics) : misbehave(room.topics, response)
    room.open += 1
    room.maxOpen = Math.max(room.maxOpen, room.open)
    response.once('close', () => {
      room.open -= 1
    })
    const behaviour = room.script.shift() ?? 'ok'
    room.headers.push({ contentType: request.headers['content-type'], authorization: request.headers.authorization })
    const { records } = JSON.parse(body) as { records: Room['records'] }
    const appendRecords = () => records.map((record) => ({ partition: 0, offset: room.records.push(record) - 1 }))
    if (behaviour === 'lost') appendRecords()
    if (behaviour === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs))
    if (behaviour === 'ok' || behaviour === 'slow')
      return json(200, { offsets: appendRecords(), key_schema_id: null, value_schema_id: null })
    if (behaviour === 'refused') return json(200, { offsets: [{ partition: null, offset: null, error_code: 50_003, error: 'not now' }] })
    if (behaviour === 'minus') return json(200, { offsets: [{ partition: 0, offset: -1, error_code: 1, error: 'too large' }] })
    if (behaviour === 'strimzi') return json(200, { offsets: [{ error_code: 404, message: 'no such topic' }] })
    if (isCode(behaviour)) return json(200, { offsets: [{ partition: null, offset: null, error_code: behaviour.code }] })
    if (behaviour === 'twice') return json(200, { offsets: [...appendRecords(), { partition: 0, offset: 7 }] })
    return misbehave(behaviour, response)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    rooms,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

const isCode = (behaviour: Behaviour): behaviour is { readonly code: unknown } => typeof behaviour === 'object'

function misbehave(behaviour: Behaviour, response: ServerResponse): unknown {
  if (typeof behaviour === 'number')
    return response.writeHead(behaviour, { location: '/elsewhere/topics/conversation.outbound' }).end('{"error_code": 1, "message": "no"}')
  if (behaviour === 'cut') return response.destroy()
  if (behaviour === 'html') return response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>')
  if (behaviour === 'empty') return response.writeHead(200).end('{"offsets": []}')
  if (behaviour === 'huge')
    return response.writeHead(200).end(JSON.stringify({ offsets: [{ partition: 0, offset: 7 }], filler: 'x'.repeat(4_000_000) }))
  // `hang`, `lost`: the connection stays open without an answer.
  return undefined
}
