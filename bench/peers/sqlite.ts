/**
 * The peer: SQLite used directly, behind `node:http`. `GET /?after=N` writes the events after N as an event stream.
 * `PATCH /` records one event and its title in one transaction with one fsync. It has no tokens, checks or readers.
 */
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { sessionLog } from '../session-log.ts'

/** Rows are joined up to this size, because a write per row would cost more than the rows. UTF-16 units. */
const pieceUnits = 65_536

const database = new DatabaseSync(process.env.LOG ?? '')
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, turn_id TEXT, body TEXT NOT NULL);
  CREATE TABLE meta (title TEXT NOT NULL);
  INSERT INTO meta VALUES ('')`)
const insert = database.prepare('INSERT INTO event (seq, at, type, turn_id, body) VALUES (?, ?, ?, ?, ?)')
const rename = database.prepare('UPDATE meta SET title = ?')
const after = database.prepare('SELECT seq, at, body FROM event WHERE seq > ? ORDER BY seq')
const [begin, commit] = [database.prepare('BEGIN'), database.prepare('COMMIT')]
let lastSeq = Number(process.env.EVENTS ?? 0)

begin.run()
for (const { seq, at, ...body } of sessionLog(lastSeq, 'reader')) insert.run(seq, at, body.type, body.turn_id ?? null, JSON.stringify(body))
commit.run()
database.exec('PRAGMA wal_checkpoint(TRUNCATE)')

async function replay(seq: number, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  let piece = ''
  for (const row of after.iterate(seq)) {
    piece += `id: ${row.seq}\ndata: {"seq":${row.seq},"at":${row.at},${String(row.body).slice(1)}\n\n`
    if (piece.length < pieceUnits) continue
    if (!response.write(piece)) await once(response, 'drain')
    piece = ''
  }
  response.end(piece)
}

async function append(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  const { title } = JSON.parse(text)
  lastSeq += 1
  begin.run()
  insert.run(lastSeq, Date.now(), 'session.titled', null, JSON.stringify({ type: 'session.titled', title }))
  rename.run(title)
  commit.run()
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ seq: lastSeq, title }))
}

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '', 'http://bench')
  const handled = request.method === 'GET' ? replay(Number(searchParams.get('after')), response) : append(request, response)
  handled.catch((error) => {
    console.error(error)
    response.destroy()
  })
})

server.listen(0, '127.0.0.1', () => writeSync(3, `${JSON.stringify({ event: 'listen', port: (server.address() as AddressInfo).port })}\n`))
