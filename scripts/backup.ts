/**
 * `npm run backup -- FILE` writes every session of a running stack into one file, line by line.
 * The file contains all conversations, but no keys and no tokens.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream, readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import { lines } from '../shared/lib/lines.ts'
import { type BackupHeader, type BackupTrailer, backupFormat, SnapshotLine } from '../shared/session/backup.ts'
import { root } from './project.ts'
import { ApiRefused, defaultUrl, type Operator, operator } from './stack/operator.ts'
import { megabytes, progress } from './stack/progress.ts'

const usage = `npm run backup -- FILE [--url URL]

Writes every session of the stack at URL (default ${defaultUrl}) into FILE; compressed if its name ends in .gz.
The file contains all conversations, so only its owner can read it. It contains no keys and no tokens.
SOMA_TOKEN: a token with the scope admin:backup. A development stack of this folder does not need it.`

/** Attempts per session. A snapshot fails if its object resets or the session was just deleted. */
const maxAttempts = 5

interface Tally {
  sessions: number
  events: number
  lines: number
  bytes: number
  /** Sessions that could not be read, with the reason. */
  readonly skipped: string[]
}

/** All sessions, in order of tenant, subject and id. Keeps one page of names in memory. */
async function* everySession(stack: Operator): AsyncGenerator<{ tenant: string; session: string }> {
  for await (const { tenant, subject } of everySubject(stack)) {
    for await (const session of names(stack, 'sessions', { tenant, subject })) yield { tenant, session: session as string }
  }
}

async function* everySubject(stack: Operator): AsyncGenerator<{ tenant: string; subject: string; sessions: number }> {
  for await (const tenant of names(stack, 'tenants', {})) {
    for await (const subject of names(stack, 'subjects', { tenant: tenant as string })) {
      yield { tenant: tenant as string, ...(subject as { subject: string; sessions: number }) }
    }
  }
}

async function* names(stack: Operator, what: 'tenants' | 'subjects' | 'sessions', of: Record<string, string>): AsyncGenerator<unknown> {
  for (let after: string | null = ''; after !== null; ) {
    const page: Record<string, unknown> = await (await stack.get(`/v1/admin/${what}`, { ...of, after })).json()
    yield* page[what] as unknown[]
    after = page.next as string | null
  }
}

/** The lines of a session's snapshot. An incomplete snapshot is discarded and requested again. */
async function* snapshot(stack: Operator, of: { tenant: string; session: string }, tally: Tally): AsyncGenerator<string> {
  for (let attempt = 1; ; attempt += 1) {
    let last = ''
    let failure: unknown
    try {
      const { body } = await stack.get('/v1/admin/snapshot', of)
      for await (const line of lines(body ?? Readable.from([]))) {
        last = line
        yield line
      }
    } catch (error) {
      failure = error
    }
    const end = last === '' ? undefined : SnapshotLine.parse(JSON.parse(last))
    if (end?.type === 'end') {
      tally.sessions += 1
      tally.events += end.rows.event ?? 0
      return
    }
    if (end && end.type !== 'void') yield '{"type":"void"}'
    const refused = failure instanceof ApiRefused ? failure.status : undefined
    const isPermanent = refused !== undefined && refused < 500
    if (isPermanent || attempt === maxAttempts) {
      // The stack or the token fails, not this session.
      if (failure && refused !== 404 && !(refused && refused >= 500)) throw failure
      tally.skipped.push(`${of.tenant}/${of.session}: ${failure instanceof Error ? failure.message : 'the snapshot was incomplete'}`)
      return
    }
    await sleep(200 * 2 ** attempt)
  }
}

/** The file, line by line. */
async function* backup(stack: Operator, tally: Tally): AsyncGenerator<string> {
  const hash = createHash('sha256')
  const write = (line: string): string => {
    const text = `${line}\n`
    hash.update(text)
    tally.lines += 1
    tally.bytes += Buffer.byteLength(text)
    return text
  }
  const expected = { subjects: 0, sessions: 0 }
  for await (const { sessions } of everySubject(stack)) {
    expected.subjects += 1
    expected.sessions += sessions
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  yield write(
    JSON.stringify({ type: 'header', format: backupFormat, id: randomUUID(), version, at: Date.now(), expected } satisfies BackupHeader),
  )
  const stop = progress(() => `${tally.sessions} of ${expected.sessions} sessions, ${tally.events} events, ${megabytes(tally.bytes)}`)
  try {
    for await (const of of everySession(stack)) for await (const line of snapshot(stack, of, tally)) yield write(line)
  } finally {
    stop()
  }
  const { skipped, bytes: _, ...counts } = tally
  const trailer: BackupTrailer = { type: 'trailer', ...counts, skipped: skipped.length, sha256: hash.digest('hex') }
  yield `${JSON.stringify(trailer)}\n`
}

/** Writes to a temporary name, and renames when complete and on disk. A file of the final name is always a backup. */
async function write(file: string, stack: Operator, tally: Tally): Promise<void> {
  const partial = `${file}.partial`
  const text = Readable.from(backup(stack, tally))
  const out = createWriteStream(partial, { mode: 0o600 })
  try {
    await (file.endsWith('.gz') ? pipeline(text, createGzip(), out) : pipeline(text, out))
    const handle = await open(partial, 'r+')
    await handle.sync()
    await handle.close()
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: { type: 'string', default: defaultUrl }, help: { type: 'boolean', default: false } },
  })
  const [file] = positionals
  if (values.help) console.log(usage)
  else if (!file || positionals.length > 1) throw new Error('name one output file')
  else {
    const from = Date.now()
    const tally: Tally = { sessions: 0, events: 0, lines: 0, bytes: 0, skipped: [] }
    await write(file, operator(values.url), tally)
    for (const skipped of tally.skipped) console.error(`NOT IN THE BACKUP: ${skipped}`)
    if (tally.skipped.length > 0) process.exitCode = 1
    console.log(
      `${file}: ${tally.sessions} sessions, ${tally.events} events, ${megabytes(tally.bytes)} in ${((Date.now() - from) / 1_000).toFixed(1)} s`,
    )
  }
} catch (error) {
  console.error(`backup: ${error instanceof Error ? error.message : error} (--help says more)`)
  process.exitCode = 1
}
