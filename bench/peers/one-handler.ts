/**
 * The peer: a single `node:http` handler with the steps that our message needs before its first word.
 * It checks the token, validates the body, and appends to a log in SQLite with one fsync.
 * Then it calls the same model with the conversation so far, and streams.
 */
import { writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { importJWK, jwtVerify } from 'jose'
import { SendMessage } from '../../shared/api/messages.ts'
import { type ChatMessage, Deltas, streamAnswer } from './model-stream.ts'

const { SIGNING_KEY = '', MODEL_URL = '', LOG = '' } = process.env
const { d: _secret, ...publicKey } = JSON.parse(SIGNING_KEY)
const key = await importJWK(publicKey, 'ES256')

const log = new DatabaseSync(LOG)
log.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, session TEXT NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL)`)
const append = log.prepare('INSERT INTO event (at, session, role, text) VALUES (?, ?, ?, ?)')
const messages = log.prepare('SELECT role, text AS content FROM event WHERE session = ? ORDER BY seq')

const readers = new Map<string, Set<ServerResponse>>()

async function authenticate(request: IncomingMessage): Promise<boolean> {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
  const options = { issuer: 'https://soma.localhost', audience: 'soma', algorithms: ['ES256'], typ: 'at+jwt' }
  return jwtVerify(token, key, options).then(
    () => true,
    () => false,
  )
}

function watch(session: string, response: ServerResponse): void {
  const watching = readers.get(session) ?? new Set()
  readers.set(session, watching.add(response))
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write(': connected\n\n')
  response.on('close', () => watching.delete(response))
}

async function answer(session: string): Promise<void> {
  const broadcast = (frame: string) => {
    for (const reader of readers.get(session) ?? []) reader.write(frame)
  }
  const deltas = new Deltas()
  let text = ''
  await streamAnswer(MODEL_URL, messages.all(session) as unknown as ChatMessage[], (piece) => {
    text += piece
    broadcast(deltas.frame(piece))
  })
  append.run(Date.now(), session, 'assistant', text)
  broadcast(`id: 6\ndata: ${deltas.ended}\n\n`)
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!(await authenticate(request))) return void response.writeHead(401).end()
  if (request.method === 'GET') return watch(request.url?.split('/')[3] ?? '', response)
  let body = ''
  for await (const piece of request.setEncoding('utf8')) body += piece
  const message = SendMessage.safeParse(JSON.parse(body))
  if (!message.success) return void response.writeHead(400).end()
  const session = message.data.session_id ?? crypto.randomUUID()
  // Committed when `run` returns: that is the fsync.
  const { lastInsertRowid } = append.run(Date.now(), session, 'user', message.data.message)
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ session_id: session, seq: Number(lastInsertRowid) }))
  await answer(session)
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error)
    response.destroy()
  })
})

server.listen(0, '127.0.0.1', () => writeSync(3, `${JSON.stringify({ event: 'listen', port: (server.address() as AddressInfo).port })}\n`))
