/**
 * `npm run backup -- FILE` writes a running stack into one file, line by line: sessions and their lists, accounts, settings,
 * memories and audit trails. The file contains all conversations. Its keys are sealed, and its credentials are hashes.
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
import { type BackupHeader, BackupLine, type BackupTrailer, backupFormat, type ObjectKind } from '../shared/session/backup.ts'
import { root } from './project.ts'
import { ApiRefused, defaultUrl, type Operator, operator } from './stack/operator.ts'
import { megabytes, progress } from './stack/progress.ts'

const usage = `npm run backup -- FILE [--url URL]

Writes every session of the stack at URL (default ${defaultUrl}) into FILE, with lists, accounts, settings, memories and audit
trails; compressed if its name ends in .gz. Only its owner can read it: it contains all conversations. Its keys are sealed by the root keys,
which are not in it, and its credentials are hashes.
SOMA_TOKEN: a token with the scope admin:backup. A development stack of this folder does not need it.`

/** Attempts per session or object. Reading fails if the object resets or the session was just deleted. */
const maxAttempts = 5

/** The counts of a backup so far. */
interface Tally {
  sessions: number
  objects: number
  events: number
  lines: number
  bytes: number
  /** Sessions and objects that could not be read, with the reason. */
  readonly skipped: string[]
}

/** All sessions, in order of tenant, subject and id. Keeps one page of each list in memory. */
async function* everySession(stack: Operator): AsyncGenerator<{ tenant: string; session: string }> {
  for await (const { tenant, subject } of everySubject(stack)) {
    for await (const session of listEntries(stack, 'sessions', { tenant, subject })) yield { tenant, session: session as string }
  }
}

async function* everySubject(stack: Operator): AsyncGenerator<{ tenant: string; subject: string; sessions: number }> {
  for await (const tenant of listEntries(stack, 'tenants', {})) {
    for await (const subject of listEntries(stack, 'subjects', { tenant: tenant as string })) {
      yield { tenant: tenant as string, ...(subject as { subject: string; sessions: number }) }
    }
  }
}

async function* listEntries(
  stack: Operator,
  kind: 'tenants' | 'subjects' | 'sessions',
  scope: Record<string, string>,
): AsyncGenerator<unknown> {
  for (let after: string | null = ''; after !== null; ) {
    const page: Record<string, unknown> = await (await stack.get(`/v1/admin/${kind}`, { ...scope, after })).json()
    yield* page[kind] as unknown[]
    after = page.next as string | null
  }
}

/** A session or an object, which a backup reads as lines. `isOptional`: it may never have existed. */
interface Part {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly name: string
  readonly isOptional: boolean
}

const sessionPart = (address: { tenant: string; session: string }): Part => ({
  path: '/v1/admin/snapshot',
  query: address,
  name: `${address.tenant}/${address.session}`,
  isOptional: false,
})

const objectPart = (kind: ObjectKind, address: { tenant?: string; subject?: string } = {}): Part => ({
  path: '/v1/admin/object',
  query: { kind, ...address },
  name: [kind, ...Object.values(address)].join(' of '),
  isOptional: true,
})

/** The objects beside sessions. They come before the sessions, which a consumer reads as soon as they are restored. */
async function* everyObject(stack: Operator): AsyncGenerator<Part> {
  yield objectPart('signing_keys')
  for await (const name of listEntries(stack, 'tenants', {})) {
    const tenant = name as string
    for (const kind of ['settings', 'accounts', 'attachments', 'audit'] as const) yield objectPart(kind, { tenant })
    for await (const entry of listEntries(stack, 'subjects', { tenant })) {
      const { subject } = entry as { subject: string }
      for (const kind of ['memory', 'session_list'] as const) yield objectPart(kind, { tenant, subject })
    }
  }
}

/** The lines of a part. Incomplete lines are voided and requested again. */
async function* linesOf(stack: Operator, { path, query, name, isOptional }: Part, tally: Tally): AsyncGenerator<string> {
  for (let attempt = 1; ; attempt += 1) {
    let last = ''
    let failure: unknown
    try {
      const { body } = await stack.get(path, query)
      for await (const line of lines(body ?? Readable.from([]))) {
        last = line
        yield line
      }
    } catch (error) {
      failure = error
    }
    const end = last === '' ? undefined : BackupLine.parse(JSON.parse(last))
    if (end?.type === 'end') {
      if (isOptional) tally.objects += 1
      else tally.sessions += 1
      if (!isOptional) tally.events += end.rows.event ?? 0
      return
    }
    if (end && end.type !== 'void') yield '{"type":"void"}'
    const refusedStatus = failure instanceof ApiRefused ? failure.status : undefined
    if (isOptional && refusedStatus === 404) return
    const isPermanent = refusedStatus !== undefined && refusedStatus < 500
    if (isPermanent || attempt === maxAttempts) {
      // The stack or the token fails, not this part.
      if (failure && refusedStatus !== 404 && !(refusedStatus && refusedStatus >= 500)) throw failure
      tally.skipped.push(`${name}: ${failure instanceof Error ? failure.message : 'the lines were incomplete'}`)
      return
    }
    await sleep(200 * 2 ** attempt)
  }
}

/** The file, line by line. */
async function* backup(stack: Operator, tally: Tally): AsyncGenerator<string> {
  const hash = createHash('sha256')
  const counted = (line: string): string => {
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
  yield counted(
    JSON.stringify({ type: 'header', format: backupFormat, id: randomUUID(), version, at: Date.now(), expected } satisfies BackupHeader),
  )
  const stop = progress(
    () => `${tally.objects} objects, ${tally.sessions} of ${expected.sessions} sessions, ${tally.events} events, ${megabytes(tally.bytes)}`,
  )
  try {
    for await (const part of everyObject(stack)) for await (const line of linesOf(stack, part, tally)) yield counted(line)
    for await (const address of everySession(stack))
      for await (const line of linesOf(stack, sessionPart(address), tally)) yield counted(line)
  } finally {
    stop()
  }
  const { skipped, bytes: _, ...counts } = tally
  const trailer: BackupTrailer = { type: 'trailer', ...counts, skipped: skipped.length, sha256: hash.digest('hex') }
  yield `${JSON.stringify(trailer)}\n`
}

/** Writes to a temporary name, and renames when complete and on disk. A file of the final name is always a backup. */
async function writeBackup(file: string, stack: Operator, tally: Tally): Promise<void> {
  const partial = `${file}.partial`
  const text = Readable.from(backup(stack, tally))
  const output = createWriteStream(partial, { mode: 0o600 })
  try {
    await (file.endsWith('.gz') ? pipeline(text, createGzip(), output) : pipeline(text, output))
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
    const startedAt = Date.now()
    const tally: Tally = { sessions: 0, objects: 0, events: 0, lines: 0, bytes: 0, skipped: [] }
    await writeBackup(file, operator(values.url), tally)
    for (const entry of tally.skipped) console.error(`NOT IN THE BACKUP: ${entry}`)
    if (tally.skipped.length > 0) process.exitCode = 1
    console.log(
      `${file}: ${tally.sessions} sessions, ${tally.events} events, ${tally.objects} other objects, ${megabytes(tally.bytes)} in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`,
    )
  }
} catch (error) {
  console.error(`backup: ${error instanceof Error ? error.message : error} (see --help)`)
  process.exitCode = 1
}
