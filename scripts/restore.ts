/**
 * `npm run restore -- FILE` restores what the stack does not have: accounts, settings, memories, audit trails and sessions.
 * It checks the whole file before it sends anything. Each object and each session is restored atomically.
 * After an interruption, run it again.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createGunzip } from 'node:zlib'
import { lines } from '../shared/lib/lines.ts'
import {
  BackupHeader,
  BackupLine,
  BackupTrailer,
  type ObjectStart,
  type RestoreOutcome,
  type SnapshotStart,
} from '../shared/session/backup.ts'
import { root } from './project.ts'
import { createFolder } from './stack/folder.ts'
import { ApiRefused, defaultUrl, type Operator, operator } from './stack/operator.ts'
import { choosePort } from './stack/port.ts'
import { megabytes, progress } from './stack/progress.ts'

const usage = `npm run restore -- FILE [--url URL | --state DIR] [--overwrite]

Restores a backup into the stack at URL (default ${defaultUrl}). Existing sessions stay unchanged, and are named. So do accounts,
settings and memories that have content. An audit trail with newer entries keeps them after the restored ones.
  --overwrite  replaces accounts, settings, memories and audit trails that have content
  --state      starts a stack on this state folder, restores into it, and stops it
After an interruption, run it again: restored sessions stay.
SOMA_TOKEN: a token with the scope admin:backup. A development stack of this folder does not need it.`

/** Maximum size of a request. UTF-16 code units. */
const partUnits = 2_000_000
/** Number of refused sessions and objects that are named. The rest is only counted. */
const maxNamed = 20

/** The lines of `file`, one at a time. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file)
  const text = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  bytes.once('error', (error) => text.destroy(error))
  try {
    yield* lines(text)
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

/** Checks the whole file and returns its header and trailer. Throws if it is incomplete or damaged. */
async function check(file: string): Promise<{ header: BackupHeader; trailer: BackupTrailer }> {
  const hash = createHash('sha256')
  let header: BackupHeader | undefined
  let trailer: BackupTrailer | undefined
  let count = 0
  for await (const line of linesOf(file)) {
    if (trailer) throw new Error(`${file} has lines after its end`)
    header ??= headerOf(line, file)
    const parsed = line.startsWith('{"type":"trailer"') ? BackupTrailer.parse(JSON.parse(line)) : undefined
    trailer = parsed
    if (parsed) continue
    hash.update(`${line}\n`)
    count += 1
  }
  if (!header || !trailer) throw new Error(`${file} is incomplete: its end is missing. Nothing was restored.`)
  if (trailer.lines !== count || trailer.sha256 !== hash.digest('hex')) throw new Error(`${file} is damaged. Nothing was restored.`)
  return { header, trailer }
}

function headerOf(line: string, file: string): BackupHeader {
  try {
    return BackupHeader.parse(JSON.parse(line))
  } catch {
    throw new Error(`${file} is not a backup that this version can read.`)
  }
}

/** The counts of a restore so far. */
interface Tally {
  readonly sessions: { restored: number; already: number }
  readonly objects: { restored: number; already: number }
  bytes: number
  /** Names of refused sessions and objects, with the reason. */
  readonly refused: string[]
}

/** Why the stack refuses one session or object, by type of problem. The others are restored. */
const refusals: Readonly<Record<string, string>> = {
  '/problems/session_exists': 'a session with this id exists',
  '/problems/not_empty': 'it has content; --overwrite replaces it',
  '/problems/invalid': 'it holds values that the limits of the API do not allow',
}

/** The session or object that lines restore, and the route that restores it. */
interface Target {
  readonly path: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly name: string
  readonly kind: 'sessions' | 'objects'
}

function targetOf(line: ObjectStart | SnapshotStart, overwrite: boolean): Target {
  const { tenant } = line
  if (line.type === 'session') {
    const { session } = line
    return { path: '/v1/admin/restore', fields: { tenant, session }, name: `${tenant}/${session}`, kind: 'sessions' }
  }
  const { kind, subject } = line
  const name = [kind, tenant, subject].filter(Boolean).join(' of ')
  return { path: '/v1/admin/object/restore', fields: { kind, tenant, subject, overwrite }, name, kind: 'objects' }
}

/** Sends objects and sessions in sequence. */
class Restorer {
  readonly #stack: Operator
  readonly #backup: string
  readonly #overwrite: boolean
  readonly #tally: Tally
  #target: Target | null = null
  #lines: string[] = []
  #units = 0
  /** The result of the last part. Null: no part was sent. */
  #lastResult: RestoreOutcome | 'refused' | null = null

  constructor(stack: Operator, backup: string, overwrite: boolean, tally: Tally) {
    this.#stack = stack
    this.#backup = backup
    this.#overwrite = overwrite
    this.#tally = tally
  }

  async add(text: string): Promise<void> {
    const line = BackupLine.parse(JSON.parse(text))
    if (line.type === 'header' || line.type === 'trailer') return
    if (line.type === 'session' || line.type === 'object') {
      this.#target = targetOf(line, this.#overwrite)
      this.#lastResult = null
    }
    this.#lines.push(text)
    this.#units += text.length
    if (line.type === 'void') return this.#void()
    if (line.type === 'end' || this.#units > partUnits) await this.#send()
    if (line.type !== 'end' || !this.#target) return
    if (this.#lastResult === 'restored' || this.#lastResult === 'already') this.#tally[this.#target.kind][this.#lastResult] += 1
    if (this.#lastResult === 'staged') throw new Error(`the stack has not completed ${this.#target.name}, although its lines are complete`)
    this.#target = null
  }

  /** Discards the staged lines of a voided session or object. */
  async #void(): Promise<void> {
    this.#lines = ['{"type":"void"}']
    if (this.#lastResult === 'staged') await this.#send()
    this.#lines = []
    this.#units = 0
  }

  async #send(): Promise<void> {
    const sentLines = this.#lines
    this.#lines = []
    this.#units = 0
    // Skip the other lines of a session or object that exists or was refused.
    if ((this.#lastResult !== null && this.#lastResult !== 'staged') || !this.#target) return
    const { path, fields, name } = this.#target
    const body = `${JSON.stringify({ ...fields, backup: this.#backup }).slice(0, -1)},"lines":[${sentLines.join(',')}]}`
    this.#tally.bytes += body.length
    try {
      this.#lastResult = ((await (await this.#stack.post(path, body)).json()) as { state: RestoreOutcome }).state
    } catch (error) {
      const reason = error instanceof ApiRefused ? refusals[error.type] : undefined
      if (reason === undefined) throw error
      this.#lastResult = 'refused'
      this.#tally.refused.push(`${name}: ${reason}`)
    }
  }
}

/** Deletes copies in Postgres of sessions that the stack does not have. Null: Postgres cannot be reached. */
async function prune(stack: Operator): Promise<number | null> {
  let pruned = 0
  try {
    for (let after: unknown = null; ; ) {
      const page = (await (await stack.post('/v1/admin/copies/prune', JSON.stringify({ after }))).json()) as {
        pruned: number
        next: unknown
      }
      pruned += page.pruned
      after = page.next
      if (after === null) return pruned
    }
  } catch (error) {
    if (error instanceof ApiRefused && error.status === 503) return null
    throw error
  }
}

async function restore(file: string, url: string, overwrite: boolean): Promise<void> {
  const startedAt = Date.now()
  const stack = operator(url)
  const { header, trailer } = await check(file)
  const tally: Tally = { sessions: { restored: 0, already: 0 }, objects: { restored: 0, already: 0 }, bytes: 0, refused: [] }
  const total = ({ restored, already }: Tally['sessions']) => restored + already
  const stop = progress(
    () =>
      `${total(tally.objects)} of ${trailer.objects ?? 0} objects, ${total(tally.sessions)} of ${trailer.sessions} sessions, ` +
      `${tally.refused.length} refused, ${megabytes(tally.bytes)}`,
  )
  const restorer = new Restorer(stack, header.id, overwrite, tally)
  try {
    for await (const line of linesOf(file)) await restorer.add(line)
  } finally {
    stop()
  }
  const pruned = await prune(stack)
  const { sessions, objects, refused } = tally
  for (const name of refused.slice(0, maxNamed)) console.error(`NOT RESTORED: ${name}`)
  if (refused.length > maxNamed) console.error(`… and ${refused.length - maxNamed} more`)
  if (pruned === null)
    console.error('Postgres cannot be reached, and may hold copies of sessions that do not exist. Run this again when it responds.')
  if (refused.length > 0) process.exitCode = 1
  const details = `${sessions.already > 0 ? `, ${sessions.already} were restored before` : ''}${pruned ? `, ${pruned} stale copies dropped` : ''}`
  console.log(
    `${sessions.restored} sessions and ${objects.restored} other objects of ${new Date(header.at).toISOString()} restored in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s${details}`,
  )
}

/** Runs a stack on `state` during `use`. */
async function withStack(state: string, use: (url: string) => Promise<void>): Promise<void> {
  const port = await choosePort(undefined)
  if (port === undefined) throw new Error('no port is free')
  createFolder(state)
  const child = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SOMA_STATE: state, PORT: `${port}`, npm_lifecycle_event: '' },
  })
  const ended = new Promise<never>((_, reject) =>
    child.once('exit', (code) => reject(new Error(`the stack on ${state} ended with ${code}`))),
  )
  ended.catch(() => {})
  try {
    const ready = (async () => {
      for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('ready ')) return line.slice(6)
      throw new Error(`the stack on ${state} was not ready`)
    })()
    const url = await Promise.race([ready, ended])
    child.stdout.resume()
    await use(url)
  } finally {
    child.kill('SIGTERM')
    await ended.catch(() => {})
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      state: { type: 'string' },
      overwrite: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [file] = positionals
  if (values.help) console.log(usage)
  else if (!file || positionals.length > 1) throw new Error('name one backup file')
  else if (values.url && values.state) throw new Error('--url is for a running stack, --state for a stopped one: use one of them')
  else if (values.state) await withStack(resolve(values.state), (url) => restore(file, url, values.overwrite))
  else await restore(file, values.url ?? defaultUrl, values.overwrite)
} catch (error) {
  console.error(`restore: ${error instanceof Error ? error.message : error} (see --help)`)
  process.exitCode = 1
}
