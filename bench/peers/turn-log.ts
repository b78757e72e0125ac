/**
 * The peer of whole turns: the plainest `node:http` server with SQLite that keeps the same facts. It checks the token, validates the body,
 * and keeps the session list, the log, a chained audit entry for each decision, what the message costs, and the messages to remember.
 * Two transactions per turn, each with one fsync. The answer repeats the message, word by word, as our builtin model does.
 */
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { importJWK, jwtVerify } from 'jose'
import { SendMessage } from '../../shared/api/messages.ts'
import { Deltas } from './model-stream.ts'

const { SIGNING_KEY = '', LOG = '' } = process.env
const { d: _secret, ...publicKey } = JSON.parse(SIGNING_KEY)
const key = await importJWK(publicKey, 'ES256')

const store = new DatabaseSync(LOG)
store.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE session (id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, updated INTEGER NOT NULL);
  CREATE INDEX session_by_owner ON session (owner, updated);
  CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, session TEXT NOT NULL, body TEXT NOT NULL);
  CREATE INDEX event_by_session ON event (session, seq);
  CREATE TABLE audit (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, subject TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, hash TEXT NOT NULL);
  CREATE TABLE usage (day TEXT NOT NULL, subject TEXT NOT NULL, tokens INTEGER NOT NULL, PRIMARY KEY (day, subject));
  CREATE TABLE memory (id TEXT PRIMARY KEY, owner TEXT NOT NULL, session TEXT NOT NULL, text TEXT NOT NULL);
  CREATE VIRTUAL TABLE memory_text USING fts5 (text, content='memory')`)
const putSession = store.prepare(
  'INSERT INTO session VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET updated = excluded.updated WHERE owner = excluded.owner',
)
const addEvent = store.prepare('INSERT INTO event (at, session, body) VALUES (?, ?, ?)')
const lastEnd = store.prepare(`SELECT body FROM event WHERE session = ? AND body LIKE '{"type":"turn.ended"%' ORDER BY seq DESC LIMIT 1`)
const addEntry = store.prepare('INSERT INTO audit (at, subject, action, target, hash) VALUES (?, ?, ?, ?, ?)')
const addUsage = store.prepare(
  'INSERT INTO usage VALUES (?, ?, ?) ON CONFLICT (day, subject) DO UPDATE SET tokens = tokens + excluded.tokens',
)
const addMemory = store.prepare('INSERT INTO memory VALUES (?, ?, ?, ?) RETURNING rowid')
const indexMemory = store.prepare('INSERT INTO memory_text (rowid, text) VALUES (?, ?)')

const readers = new Map<string, Set<ServerResponse>>()
let chain = ''

function audit(subject: string, action: string, target: string): void {
  const at = Date.now()
  chain = createHash('sha256')
    .update(JSON.stringify([chain, at, subject, action, target]))
    .digest('hex')
  addEntry.run(at, subject, action, target, chain)
}

function inTransaction(change: () => void): void {
  store.exec('BEGIN IMMEDIATE')
  change()
  store.exec('COMMIT')
}

/** The subject of a valid token. Undefined: the token is invalid. */
const subjectOf = (request: IncomingMessage): Promise<string | undefined> =>
  jwtVerify(request.headers.authorization?.slice('Bearer '.length) ?? '', key, {
    issuer: 'https://soma.localhost',
    audience: 'soma',
    algorithms: ['ES256'],
    typ: 'at+jwt',
  }).then(
    ({ payload }) => payload.sub,
    () => undefined,
  )

function watch(session: string, after: string, response: ServerResponse): void {
  const watching = readers.get(session) ?? new Set()
  readers.set(session, watching.add(response))
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write(': connected\n\n')
  const ended = after === 'latest' ? undefined : lastEnd.get(session)
  if (ended) response.write(`id: 6\ndata: ${ended.body}\n\n`)
  response.on('close', () => {
    watching.delete(response)
    if (watching.size === 0) readers.delete(session)
  })
}

function answer(session: string, subject: string, message: string): void {
  const broadcast = (frame: string) => {
    for (const reader of readers.get(session) ?? []) reader.write(frame)
  }
  const deltas = new Deltas()
  const text = `You said: ${message}`
  for (const word of text.match(/\S+\s*/g) ?? []) broadcast(deltas.frame(word))
  inTransaction(() => {
    audit(subject, 'model.invoke', 'model:builtin')
    addEvent.run(Date.now(), session, JSON.stringify({ type: 'item.completed', role: 'assistant', text }))
    addEvent.run(Date.now(), session, deltas.ended)
    putSession.run(session, subject, message, Date.now())
    addUsage.run(new Date().toISOString().slice(0, 10), subject, message.length + text.length)
    for (const said of [message, text]) {
      const row = addMemory.get(crypto.randomUUID(), subject, session, said)
      indexMemory.run(row?.rowid as number, said)
    }
  })
  broadcast(`id: 6\ndata: ${deltas.ended}\n\n`)
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const subject = await subjectOf(request)
  if (subject === undefined) return void response.writeHead(401).end()
  const url = new URL(request.url ?? '/', 'http://peer')
  if (request.method === 'GET') return watch(url.pathname.split('/')[3] ?? '', url.searchParams.get('after') ?? '', response)
  let body = ''
  for await (const piece of request.setEncoding('utf8')) body += piece
  const message = SendMessage.safeParse(JSON.parse(body))
  if (!message.success) return void response.writeHead(400).end()
  const session = message.data.session_id ?? crypto.randomUUID()
  inTransaction(() => {
    audit(subject, 'conversation.send', `session:${session}`)
    putSession.run(session, subject, message.data.message, Date.now())
    addEvent.run(Date.now(), session, JSON.stringify({ type: 'item.completed', role: 'user', text: message.data.message }))
  })
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ session_id: session }))
  answer(session, subject, message.data.message)
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error)
    response.destroy()
  })
})

server.listen(0, '127.0.0.1', () => writeSync(3, `${JSON.stringify({ event: 'listen', port: (server.address() as AddressInfo).port })}\n`))
