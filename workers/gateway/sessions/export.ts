/**
 * The export of a session, page by page: memory holds one page, however long the log is. The same log gives the same bytes. A fault
 * breaks off the response, so a partial file never looks complete.
 */
import type { ExportFormat } from '../../../shared/api/transfer.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { markdownTitle } from '../../../shared/session/markdown.ts'
import { MarkdownExport } from '../../../shared/session/markdown-export.ts'
import { exportEvent, transferVersion } from '../../../shared/session/transfer.ts'
import type { GatewayContext } from '../http/context.ts'
import { locate } from './locate.ts'
import { branchOf, type LogSource, logPages, turnTree } from './log-pages.ts'

/** Attempts to find a log at rest. */
const maxAttempts = 3

/** A log at rest, with its title. */
interface Export extends LogSource {
  readonly title: string
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

async function* asJson(source: Export): AsyncGenerator<string> {
  yield `{"version":${JSON.stringify(transferVersion)},"events":[\n`
  let separator = ''
  for await (const page of logPages(source)) {
    for (const event of page) {
      yield separator + JSON.stringify(exportEvent(event))
      separator = ',\n'
    }
  }
  yield '\n]}\n'
}

async function* asLines(source: Export): AsyncGenerator<string> {
  yield `${JSON.stringify({ version: transferVersion })}\n`
  for await (const page of logPages(source)) for (const event of page) yield `${JSON.stringify(exportEvent(event))}\n`
}

async function* asMarkdown(source: Export): AsyncGenerator<string> {
  const { active, turns } = await turnTree(source)
  const markdown = new MarkdownExport(branchOf(turns, active))
  yield markdownTitle(source.title)
  for await (const page of logPages(source)) for (const event of page) yield markdown.add(event)
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
