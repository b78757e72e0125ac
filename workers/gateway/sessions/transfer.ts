/** The routes of export and import. An export is the log itself, page by page; an import creates whole sessions. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { limits } from '../../../shared/api/limits.ts'
import { SessionPath } from '../../../shared/api/sessions.ts'
import { ExportedSession, ExportOptions, ExportSession, ImportedSessions, ImportKey, ImportSessions } from '../../../shared/api/transfer.ts'
import { textStream } from '../../../shared/lib/text-stream.ts'
import { acceptedFiles } from '../../../shared/session/import/read-conversations.ts'
import { Transfer } from '../../../shared/session/transfer.ts'
import { importPath } from '../http/body.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { exportInJson, exportText, exportTypes, openExport } from './export.ts'
import { importConversations } from './import.ts'

const tags = ['Export and import']

const exportOne = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/export',
  tags,
  summary: 'Export a session as a file',
  description: 'The file streams at the pace of its reader. A fault breaks off the response.',
  request: { params: SessionPath, query: ExportOptions },
  responses: {
    200: {
      description: 'The file',
      content: {
        'application/json': { schema: Transfer },
        'application/x-ndjson': { schema: z.string() },
        'text/markdown': { schema: z.string() },
      },
    },
    ...problems(400, 401, 404, 409),
  },
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
  summary: 'Import conversations from a file',
  description:
    `The body is the file itself: ${acceptedFiles}. Each conversation becomes a whole session, or is refused with its reasons. ` +
    'The response is 400 if none can be imported. A body `{"chats": […]}` holds several files, as objects or as text; one bad file then refuses ' +
    `all. At most ${limits.importBytes} bytes and ${limits.importSessions} conversations.`,
  request: { headers: ImportKey },
  // The body is read as text, because it may be lines of JSON.
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: z.toJSONSchema(ImportSessions, { io: 'input' }) as never },
      'application/x-ndjson': { schema: { type: 'string' as const } },
    },
  },
  responses: { 200: json(ImportedSessions), ...problems(400, 401, 413, 415) },
})

export const transferRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(exportOne, async (c) => {
    const { session } = c.req.valid('param')
    const { format } = c.req.valid('query')
    const source = await openExport(c, session)
    if (!source.ok) return problem(c, source.error)
    const { type, extension } = exportTypes[format]
    return c.body(textStream(exportText[format](source.value)), 200, {
      'content-type': type,
      'content-disposition': `attachment; filename="${session}.${extension}"`,
    }) as never
  })
  .openapi(exportBlob, async (c) => {
    const { session_id } = c.req.valid('json')
    const source = await openExport(c, session_id)
    if (!source.ok) return problem(c, source.error)
    return c.body(textStream(exportInJson(source.value, session_id)), 200, { 'content-type': 'application/json' }) as never
  })
  .openapi(importAll, async (c) => {
    const imported = await importConversations(c, await c.req.text(), c.req.valid('header')['idempotency-key'])
    if (!imported.ok) return problem(c, imported.error)
    const conversations = imported.value
    return c.json({ ctxids: conversations.flatMap(({ ctxid }) => ctxid ?? []), conversations }, 200)
  })
