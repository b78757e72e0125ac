/** Export and import. An export is the log itself; an import creates whole sessions or none. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { limits } from '../../../shared/api/limits.ts'
import { SessionPath } from '../../../shared/api/sessions.ts'
import { ExportedSession, ExportSession, ImportedSessions, ImportKey, ImportSessions } from '../../../shared/api/transfer.ts'
import type { Event } from '../../../shared/events/event.ts'
import { type SessionId, sessionObjectName } from '../../../shared/ids.ts'
import type { Failure } from '../../../shared/problem.ts'
import { ok, type Result } from '../../../shared/result.ts'
import { exportEvent, importLog, Transfer, transferVersion } from '../../../shared/session/transfer.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { locate, newSessionId } from './locate.ts'

const tags = ['Export and import']

export const importPath = '/v1/sessions/import'

const exportOne = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/export',
  tags,
  summary: 'Export a session as a file',
  request: { params: SessionPath },
  responses: { 200: json(Transfer), ...problems(401, 404, 409) },
})

const exportBlob = createRoute({
  method: 'post',
  path: '/v1/sessions/export',
  tags,
  summary: 'Export a session as text for an import',
  request: { body: jsonBody(ExportSession) },
  responses: { 200: json(ExportedSession), ...problems(400, 401, 404, 409) },
})

const importAll = createRoute({
  method: 'post',
  path: importPath,
  tags,
  summary: 'Import sessions',
  description: `Each of \`chats\` is an export, as an object or as text. All are validated before the first session is created. At most ${limits.importBytes} bytes.`,
  request: {
    headers: ImportKey,
    body: jsonBody(ImportSessions),
  },
  responses: { 200: json(ImportedSessions), ...problems(400, 401, 413) },
})

/** The export of a session. The same log gives the same bytes. */
async function exportSession(c: GatewayContext, id: string): Promise<Result<string, Failure>> {
  const session = locate(c, id)
  const subject = c.var.sessionOwner
  const summary = await session?.summary(subject)
  if (!session || !summary?.ok) return { ok: false, error: { kind: 'not_found' } }
  const parts: string[] = []
  for (let after: string | null = '0'; after !== null; ) {
    const page: Result<{ events: string; next_cursor: string | null }, Failure> = await session.events(subject, after, 500)
    if (!page.ok) return page
    const events = JSON.parse(page.value.events) as Event[]
    parts.push(...events.map((event) => JSON.stringify(exportEvent(event))))
    after = page.value.next_cursor
  }
  const openTurn = summary.value.state !== 'idle' ? summary.value.last_turn_id : null
  if (openTurn && summary.value.state === 'running') return { ok: false, error: { kind: 'turn_in_progress', turn_id: openTurn } }
  return ok(`{"version":${JSON.stringify(transferVersion)},"events":[\n${parts.join(',\n')}\n]}\n`)
}

/** The logs in `chats`, all validated. */
function logsOf(c: GatewayContext, chats: readonly (string | Transfer)[]): Result<Event[][], Failure> {
  const logs: Event[][] = []
  for (const [index, chat] of chats.entries()) {
    const parsed = Transfer.safeParse(typeof chat === 'string' ? parseJson(chat) : chat)
    const log = parsed.success ? importLog(parsed.data, c.var.principal.subject) : undefined
    if (!log)
      return {
        ok: false,
        error: { kind: 'invalid', errors: [{ pointer: `/chats/${index}`, detail: `must be an export of version ${transferVersion}` }] },
      }
    if (log.ok) logs.push(log.value)
    else if (log.error.kind !== 'invalid') return log
    else
      return {
        ok: false,
        error: {
          kind: 'invalid',
          errors: log.error.errors.map(({ pointer, detail }) => ({ pointer: `/chats/${index}${pointer}`, detail })),
        },
      }
  }
  return ok(logs)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const transferRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(exportOne, async (c) => {
    const { session } = c.req.valid('param')
    const content = await exportSession(c, session)
    if (!content.ok) return problem(c, content.error)
    return c.body(content.value, 200, {
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="${session}.json"`,
    }) as never
  })
  .openapi(exportBlob, async (c) => {
    const { session_id } = c.req.valid('json')
    const content = await exportSession(c, session_id)
    return content.ok ? c.json({ ctxid: session_id, content: content.value }, 200) : problem(c, content.error)
  })
  .openapi(importAll, async (c) => {
    const logs = logsOf(c, c.req.valid('json').chats)
    if (!logs.ok) return problem(c, logs.error)
    const { tenant, subject } = c.var.principal
    const key = c.req.valid('header')['idempotency-key']
    const ctxids: SessionId[] = []
    for (const [index, log] of logs.value.entries()) {
      const id = await newSessionId(c, key, `/${index}`)
      const created = await c.env.SESSION.getByName(sessionObjectName(tenant, id)).restore(tenant, id, subject, log)
      if (!created.ok) return problem(c, created.error)
      ctxids.push(id)
    }
    return c.json({ ctxids }, 200)
  })
