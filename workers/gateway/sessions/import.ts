/** Imports conversations from files: each becomes a whole session, or is refused with its reasons. */
import { limits } from '../../../shared/api/limits.ts'
import { type ImportedConversation, ImportSessions } from '../../../shared/api/transfer.ts'
import type { SessionId } from '../../../shared/ids.ts'
import { runScheduled } from '../../../shared/lib/steps.ts'
import type { Failure, InvalidField } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import {
  acceptedFiles,
  conversationsIn,
  type FileConversation,
  type ImportableLog,
  parseFileSteps,
} from '../../../shared/session/import/read.ts'
import type { GatewayContext } from '../http/context.ts'
import { invalid as invalidRequest } from '../http/problem.ts'
import { heavySteps } from '../limits/heavy-steps.ts'
import { createSession } from './create.ts'
import { newSessionId } from './locate.ts'

/** Maximum problems in one response. */
const maxErrors = 20

/** A conversation, and its place in the request. */
interface Candidate extends FileConversation {
  readonly source: string
}

/** `together`: the client chose the files, so one bad file refuses all. Otherwise each conversation is accepted or refused alone. */
interface Request {
  readonly candidates: readonly Candidate[]
  readonly together: boolean
}

/** The conversations in the text of a request. */
async function readRequest(text: string): Promise<Result<Request, Failure>> {
  const file = await runScheduled(parseFileSteps(text), runStep)
  if (isList(file)) return readList(file)
  const conversations = conversationsIn(file)
  if (!conversations) return invalid([{ pointer: '', detail: `must be ${acceptedFiles}` }])
  if (conversations.length > limits.importSessions)
    return invalid([{ pointer: '', detail: `must have at most ${limits.importSessions} conversations; send the rest in further requests` }])
  const pointer = (index: number) => (Array.isArray(file) ? `/${index}` : '')
  return ok({ together: false, candidates: conversations.map((one, index) => ({ ...one, source: pointer(index) })) })
}

const isList = (file: unknown): file is { readonly chats: unknown } =>
  typeof file === 'object' && file !== null && 'chats' in file && !('events' in file)

async function readList(file: unknown): Promise<Result<Request, Failure>> {
  const parsed = ImportSessions.safeParse(file)
  if (!parsed.success) {
    const { path = [] } = parsed.error.issues[0] ?? {}
    if (path.length <= 1) return fail(invalidRequest('json', parsed.error))
    return invalid([
      { pointer: path.map((part) => `/${String(part)}`).join(''), detail: `must be ${acceptedFiles}, as an object or as text` },
    ])
  }
  const candidates: Candidate[] = []
  for (const [index, chat] of parsed.data.chats.entries()) {
    const conversations = conversationsIn(typeof chat === 'string' ? await runScheduled(parseFileSteps(chat), runStep) : chat)
    if (!conversations) return invalid([{ pointer: `/chats/${index}`, detail: `must be ${acceptedFiles}` }])
    const single = conversations.length === 1
    candidates.push(...conversations.map((one, position) => ({ ...one, source: `/chats/${index}${single ? '' : `/${position}`}` })))
  }
  return ok({ candidates, together: true })
}

/** Runs a step of this import when its turn comes. */
const runStep = <T>(step: () => T): Promise<T> => heavySteps.run(step)

const invalid = (errors: readonly InvalidField[]) => fail<Failure>({ kind: 'invalid', errors: errors.slice(0, maxErrors) })

/** Creates a session of each conversation. Fails if none can be created, or if one of files that belong together cannot. */
export async function importConversations(
  c: GatewayContext,
  text: string,
  key: string | undefined,
): Promise<Result<ImportedConversation[], Failure>> {
  const request = await readRequest(text)
  if (!request.ok) return request
  const { candidates, together } = request.value
  const { subject } = c.var.principal
  const now = Date.now()
  const read = async (one: Candidate) => inRequest(one.source, await runScheduled(one.toLog(subject, now), runStep))
  const logs: ReadLog[] = []
  if (together)
    for (const one of candidates) {
      const log = await read(one)
      if (!log.ok) return invalid(log.error)
      logs.push(log)
    }
  const conversations: ImportedConversation[] = []
  for (const [index, one] of candidates.entries()) {
    const imported = await importOne(c, one, logs[index] ?? (await read(one)), key, `/${index}`)
    if (imported.ok) conversations.push(imported.value)
    // Files that belong together end at the first failure, and a busy platform is a reason to repeat the request.
    else if (together || imported.error.kind === 'unavailable') return imported
    else conversations.push(refused(one, [{ pointer: one.source, detail: `is not imported: ${imported.error.kind.replaceAll('_', ' ')}` }]))
  }
  return conversations.some(({ ctxid }) => ctxid !== null) ? ok(conversations) : invalid(conversations.flatMap(({ errors }) => errors))
}

const refused = ({ source, title }: Candidate, errors: readonly InvalidField[]): ImportedConversation => ({
  source,
  title,
  ctxid: null,
  notes: [],
  errors: [...errors],
})

type ReadLog = Result<ImportableLog, readonly InvalidField[]>

/** Errors with pointers into the request. */
const inRequest = (source: string, log: ReadLog): ReadLog =>
  log.ok ? log : fail(log.error.map(({ pointer, detail }) => ({ pointer: `${source}${pointer}`, detail })))

/** Fails as the session object does. A log that cannot be read is a refused conversation. */
async function importOne(
  c: GatewayContext,
  one: Candidate,
  log: ReadLog,
  key: string | undefined,
  part: string,
): Promise<Result<ImportedConversation, Failure>> {
  if (!log.ok) return ok(refused(one, log.error))
  const id: SessionId = await newSessionId(c, key, part)
  const created = await createSession(c, id, log.value.events)
  if (!created.ok) return created
  const { source, title } = one
  return ok({ source, title: title || created.value.title, ctxid: id, notes: [...log.value.notes], errors: [] })
}
