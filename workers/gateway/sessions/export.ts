/**
 * The export of a session, page by page: memory holds one page, however long the log is. The same log gives the same bytes. A fault
 * breaks off the response, so a partial file never looks complete.
 */
import type { Branches } from '../../../shared/api/branches.ts'
import type { ExportFormat } from '../../../shared/api/transfer.ts'
import type { Event } from '../../../shared/events/event.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { markdownTitle } from '../../../shared/session/markdown.ts'
import { MarkdownExport } from '../../../shared/session/markdown-export.ts'
import { exportEvent, transferVersion } from '../../../shared/session/transfer.ts'
import type { GatewayContext } from '../http/context.ts'
import { heavySteps } from '../limits/heavy-steps.ts'
import { locate } from './locate.ts'

/** Events of one page. The session object also limits its bytes. */
const pageEvents = 500
/** Attempts to find a log at rest. */
const maxAttempts = 3

type Session = NonNullable<ReturnType<typeof locate>>

/** A log at rest: its title, and the last event that the export has. */
interface Export {
  readonly session: Session
  readonly tenant: string
  readonly subject: string
  readonly title: string
  readonly lastSeq: number
}

/** Finds the end of the log. Fails with `turn_in_progress` while a turn runs. */
export async function openExport(c: GatewayContext, id: string): Promise<Result<Export, Failure>> {
  const session = locate(c, id)
  const subject = c.var.sessionOwner
  const { tenant } = c.var.principal
  if (!session) return fail({ kind: 'not_found' })
  let turnId = ''
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const before: Result<{ cursor: string }, Failure> = await session.read(subject, 'latest')
    const summary = await session.summary(subject)
    if (!before.ok || !summary.ok) return fail({ kind: 'not_found' })
    const { state, last_turn_id, title } = summary.value
    turnId = last_turn_id ?? ''
    if (state === 'running') return fail({ kind: 'turn_in_progress', turn_id: turnId })
    const after: Result<{ cursor: string }, Failure> = await session.read(subject, 'latest')
    if (after.ok && after.value.cursor === before.value.cursor)
      return ok({ session, tenant, subject, title, lastSeq: Number(before.value.cursor) })
  }
  return fail({ kind: 'turn_in_progress', turn_id: turnId })
}

/** The pages of the log. Throws if the session is deleted meanwhile. */
async function* pages({ session, tenant, subject, lastSeq }: Export): AsyncGenerator<Event[]> {
  const runStep = heavySteps.request(tenant, 'page')
  for (let after: string | null = '0'; after !== null; ) {
    const from: string = after
    const { events, next } = await runStep(async () => {
      const page: Result<{ events: string; next_cursor: string | null }, Failure> = await session.events(subject, from, pageEvents)
      if (!page.ok) throw new Error(`the session of an export no longer exists: ${page.error.kind}`)
      return { events: JSON.parse(page.value.events) as Event[], next: page.value.next_cursor }
    })
    yield events.filter(({ seq }) => seq <= lastSeq)
    after = (events.at(-1)?.seq ?? lastSeq) >= lastSeq ? null : next
  }
}

async function* asJson(source: Export): AsyncGenerator<string> {
  yield `{"version":${JSON.stringify(transferVersion)},"events":[\n`
  let separator = ''
  for await (const page of pages(source)) {
    for (const event of page) {
      yield separator + JSON.stringify(exportEvent(event))
      separator = ',\n'
    }
  }
  yield '\n]}\n'
}

async function* asLines(source: Export): AsyncGenerator<string> {
  yield `${JSON.stringify({ version: transferVersion })}\n`
  for await (const page of pages(source)) for (const event of page) yield `${JSON.stringify(exportEvent(event))}\n`
}

/** The parent of every turn, and the last turn of the active branch. */
async function turnsOf({ session, subject }: Export): Promise<{ active: string | null; parents: ReadonlyMap<string, string | null> }> {
  const parents = new Map<string, string | null>()
  let active: string | null | undefined
  for (let before: string | null = null; ; ) {
    const page: Result<Branches, Failure> = await session.branches(subject, before)
    if (!page.ok) throw new Error('the session of an export no longer exists')
    for (const { turn_id, parent_turn_id } of page.value.turns) parents.set(turn_id, parent_turn_id)
    active ??= page.value.active_turn_id
    before = page.value.next_before ?? null
    if (before === null) return { active, parents }
  }
}

async function* asMarkdown(source: Export): AsyncGenerator<string> {
  const { active, parents } = await turnsOf(source)
  const branch: string[] = []
  for (let turn = active; turn !== null; turn = parents.get(turn) ?? null) branch.push(turn)
  const markdown = new MarkdownExport(branch.reverse())
  yield markdownTitle(source.title)
  for await (const page of pages(source)) for (const event of page) yield markdown.add(event)
}

/** The text of an export in pieces. */
export const exportText: Readonly<Record<ExportFormat, (source: Export) => AsyncGenerator<string>>> = {
  json: asJson,
  ndjson: asLines,
  markdown: asMarkdown,
}

/** The media type and file extension of each format. */
export const exportTypes: Readonly<Record<ExportFormat, { readonly type: string; readonly extension: string }>> = {
  json: { type: 'application/json', extension: 'json' },
  ndjson: { type: 'application/x-ndjson', extension: 'ndjson' },
  markdown: { type: 'text/markdown; charset=utf-8', extension: 'md' },
}

/** The text of an export inside a JSON document, in pieces. */
export async function* exportInJson(source: Export, id: string): AsyncGenerator<string> {
  yield `{"ctxid":${JSON.stringify(id)},"content":"`
  for await (const text of asJson(source)) yield JSON.stringify(text).slice(1, -1)
  yield '"}'
}
