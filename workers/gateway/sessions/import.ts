/** Imports conversations from files: each becomes a whole session, or is refused with its reasons. */
import { limits } from '../../../shared/api/limits.ts'
import { type ImportedConversation, ImportSessions } from '../../../shared/api/transfer.ts'
import type { SessionId } from '../../../shared/ids.ts'
import { type RunStep, runScheduled } from '../../../shared/lib/steps.ts'
import type { Failure, InvalidField } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import {
  acceptedFiles,
  type FileConversation,
  type ImportableLog,
  parseFileSteps,
  readConversations,
} from '../../../shared/session/import/read-conversations.ts'
import type { GatewayContext } from '../http/context.ts'
import { invalid as invalidRequest } from '../http/problem.ts'
import { heavySteps, type RunHeavyStep } from '../limits/heavy-steps.ts'
import { createSession } from './create.ts'
import { newSessionId } from './locate.ts'

/** Maximum problems in one response. */
const maxErrors = 20

/** A conversation. `source`: its pointer in the request. */
interface Candidate extends FileConversation {
  readonly source: string
}

/** `isAllOrNothing`: the client chose the files, so one bad file refuses all. Otherwise each conversation is accepted or refused alone. */
interface Request {
  readonly candidates: readonly Candidate[]
  readonly isAllOrNothing: boolean
}

/** The conversations in the text of a request. */
async function readRequest(text: string, runStep: RunStep): Promise<Result<Request, Failure>> {
  const file = await runScheduled(parseFileSteps(text), runStep)
  if (isList(file)) return readList(file, runStep)
  const conversations = readConversations(file)
  if (!conversations) return invalid([{ pointer: '', detail: `must be ${acceptedFiles}` }])
  if (conversations.length > limits.importSessions)
    return invalid([{ pointer: '', detail: `must have at most ${limits.importSessions} conversations; send the rest in further requests` }])
  const pointer = (index: number) => (Array.isArray(file) ? `/${index}` : '')
  return ok({
    isAllOrNothing: false,
    candidates: conversations.map((conversation, index) => ({ ...conversation, source: pointer(index) })),
  })
}

const isList = (file: unknown): file is { readonly chats: unknown } =>
  typeof file === 'object' && file !== null && 'chats' in file && !('events' in file)

async function readList(file: unknown, runStep: RunStep): Promise<Result<Request, Failure>> {
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
    const conversations = readConversations(typeof chat === 'string' ? await runScheduled(parseFileSteps(chat), runStep) : chat)
    if (!conversations) return invalid([{ pointer: `/chats/${index}`, detail: `must be ${acceptedFiles}` }])
    const isSingle = conversations.length === 1
    candidates.push(
      ...conversations.map((conversation, position) => ({ ...conversation, source: `/chats/${index}${isSingle ? '' : `/${position}`}` })),
    )
  }
  return ok({ candidates, isAllOrNothing: true })
}

const invalid = (errors: readonly InvalidField[]) => fail<Failure>({ kind: 'invalid', errors: errors.slice(0, maxErrors) })

/** Creates a session of each conversation. Fails if none can be created, or if one of files that belong together cannot. */
export async function importConversations(
  c: GatewayContext,
  text: string,
  key: string | undefined,
): Promise<Result<ImportedConversation[], Failure>> {
  const { tenant, subject } = c.var.principal
  const runStep = heavySteps.request(tenant, 'import')
  const request = await readRequest(text, runStep)
  if (!request.ok) return request
  const { candidates, isAllOrNothing } = request.value
  const now = Date.now()
  const readLog = async (candidate: Candidate) =>
    withRequestPointers(candidate.source, await runScheduled(candidate.toLog(subject, now), runStep))
  const logs: ReadLog[] = []
  if (isAllOrNothing)
    for (const candidate of candidates) {
      const log = await readLog(candidate)
      if (!log.ok) return invalid(log.error)
      logs.push(log)
    }
  const conversations: ImportedConversation[] = []
  for (const [index, candidate] of candidates.entries()) {
    const imported = await importCandidate(c, runStep, candidate, logs[index] ?? (await readLog(candidate)), key, `/${index}`)
    if (imported.ok) conversations.push(imported.value)
    // Files that belong together fail at the first failure. An unavailable platform is a reason to repeat the request.
    else if (isAllOrNothing || imported.error.kind === 'unavailable') return imported
    else
      conversations.push(
        refusedConversation(candidate, [
          { pointer: candidate.source, detail: `is not imported: ${imported.error.kind.replaceAll('_', ' ')}` },
        ]),
      )
  }
  return conversations.some(({ ctxid }) => ctxid !== null) ? ok(conversations) : invalid(conversations.flatMap(({ errors }) => errors))
}

const refusedConversation = ({ source, title }: Candidate, errors: readonly InvalidField[]): ImportedConversation => ({
  source,
  title,
  ctxid: null,
  notes: [],
  errors: [...errors],
})

type ReadLog = Result<ImportableLog, readonly InvalidField[]>

/** Errors with pointers into the request. */
const withRequestPointers = (source: string, log: ReadLog): ReadLog =>
  log.ok ? log : fail(log.error.map(({ pointer, detail }) => ({ pointer: `${source}${pointer}`, detail })))

/** Fails as the session object does. A log that cannot be read is a refused conversation. */
async function importCandidate(
  c: GatewayContext,
  runStep: RunHeavyStep,
  candidate: Candidate,
  log: ReadLog,
  key: string | undefined,
  part: string,
): Promise<Result<ImportedConversation, Failure>> {
  if (!log.ok) return ok(refusedConversation(candidate, log.error))
  const id: SessionId = await newSessionId(c, key, part)
  const created = await createSession(c, runStep, id, log.value.events)
  if (!created.ok) return created
  const { source, title } = candidate
  return ok({ source, title: title || created.value.title, ctxid: id, notes: [...log.value.notes], errors: [] })
}
