/** `/v1/workdir`: the files of a session that its tools read and write. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { limits } from '../../../shared/api/limits.ts'
import { DeleteWorkdir, DownloadWorkdir, ListWorkdir, WorkdirDeleted, WorkdirList, WorkdirUploaded } from '../../../shared/api/workdir.ts'
import { multipartBoundary } from '../../../shared/lib/multipart.ts'
import type { Failure } from '../../../shared/problem.ts'
import { entriesIn, fileEntry } from '../../../shared/workdir/entries.ts'
import { folderOf, nameOf, parseFilePath, parseFolderPath } from '../../../shared/workdir/path.ts'
import { afterScan, attachmentsOf } from '../attachments/access.ts'
import { sendAttachment } from '../attachments/download.ts'
import { uploadFiles } from '../attachments/upload.ts'
import { recordAudit } from '../audit/record.ts'
import { workdirUploadPath } from '../http/body.ts'
import type { Gateway } from '../http/context.ts'
import { filesForm, json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { locate } from '../sessions/locate.ts'
import { workdirDestination } from './destination.ts'

const tags = ['Files']
const file = { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } }

const list = createRoute({
  method: 'get',
  path: '/v1/workdir/list',
  tags,
  summary: "List a folder of a session's working folder",
  description: 'The tools of the session write there, and users upload there. All branches share it. A folder exists while it has a file.',
  request: { query: ListWorkdir },
  responses: { 200: json(WorkdirList), ...problems(400, 401, 403, 404) },
})

const download = createRoute({
  method: 'get',
  path: '/v1/workdir/download',
  tags,
  summary: 'Download a file of a working folder',
  description: '`Range`, `If-Range` and `If-None-Match` work as in RFC 9110. Browsers save the file: they do not show it as a page.',
  request: { query: DownloadWorkdir },
  responses: {
    200: { description: 'The file', content: file },
    206: { description: 'The requested range', content: file },
    304: { description: 'The client has the file' },
    416: { description: 'The file has no byte of the range' },
    ...problems(400, 401, 403, 404, 409),
  },
})

const upload = createRoute({
  method: 'post',
  path: workdirUploadPath,
  tags,
  summary: 'Upload files to a working folder',
  description:
    `A form with the field \`session_id\`, optionally \`path\` for a folder, and then up to ${limits.uploadFiles} files named \`files[]\`. ` +
    'A file replaces the one with its name. After a refusal, the files before it are there.',
  requestBody: filesForm({ session_id: 'required', path: 'optional' }),
  responses: { 200: json(WorkdirUploaded, 'The files, in their order'), ...problems(400, 401, 403, 404, 409, 413, 415, 429, 507) },
})

const remove = createRoute({
  method: 'post',
  path: '/v1/workdir/delete',
  tags,
  summary: 'Delete a file or a folder of a working folder',
  request: { body: jsonBody(DeleteWorkdir) },
  responses: { 200: json(WorkdirDeleted), ...problems(400, 401, 403, 404) },
})

export const workdirRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const { session_id, path: sent } = c.req.valid('query')
    const path = parseFolderPath(sent)
    if (!path.ok) return problem(c, invalidPath(path.error))
    const summary = await locate(c, session_id)?.summary(c.var.sessionOwner)
    if (!summary?.ok) return problem(c, { kind: 'not_found' })
    const { files, usage } = await attachmentsOf(c).workFiles(session_id, path.value)
    if (files.length === 0 && path.value !== '') return problem(c, { kind: 'not_found' })
    const limit = { max_files: limits.workdirFiles, max_bytes: limits.workdirBytes }
    const folder = { current_path: path.value, parent_path: folderOf(path.value) }
    return c.json({ session_id, ...folder, entries: entriesIn(path.value, files), usage: { ...usage, ...limit } }, 200)
  })
  .openapi(download, async (c) => {
    const { session_id, path: sent } = c.req.valid('query')
    const path = parseFilePath(sent)
    if (!path.ok) return problem(c, invalidPath(path.error))
    const summary = await locate(c, session_id)?.summary(c.var.sessionOwner)
    const { file } = summary?.ok ? await attachmentsOf(c).workFile(session_id, path.value) : { file: null }
    if (!file) return problem(c, { kind: 'not_found' })
    if (file.status !== 'clean') return problem(c, { kind: 'file_quarantined', status: file.status })
    return (await sendAttachment(c, { ...file, filename: nameOf(file.path) })) as never
  })
  .openapi(upload, async (c) => {
    const boundary = multipartBoundary(c.req.header('content-type') ?? '')
    if (boundary === null) return problem(c, { kind: 'unsupported_media_type', expected: 'multipart/form-data, with a boundary' })
    const uploaded = await uploadFiles(c, boundary, workdirDestination)
    if (!uploaded.ok) return problem(c, uploaded.error)
    const files = await Promise.all(uploaded.value.map((written) => afterScan(c, written)))
    return c.json({ files: files.map(fileEntry) }, 200)
  })
  .openapi(remove, async (c) => {
    const { session_id, path: sent } = c.req.valid('json')
    const path = parseFolderPath(sent)
    if (!path.ok) return problem(c, invalidPath(path.error))
    if (path.value === '') return problem(c, invalidPath('must name a file or a folder'))
    const summary = await locate(c, session_id)?.summary(c.var.sessionOwner)
    const deleted = summary?.ok ? await attachmentsOf(c).removeWorkFiles(session_id, path.value) : 0
    if (deleted === 0) return problem(c, { kind: 'not_found' })
    await recordAudit(c, { action: 'workdir.write', target: `session:${session_id}`, outcome: 'done', detail: { deleted } })
    return c.json({ path: path.value, deleted }, 200)
  })

const invalidPath = (detail: string): Failure => ({ kind: 'invalid', errors: [{ pointer: '/path', detail }] })
