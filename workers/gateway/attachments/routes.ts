/** `/v1/uploads` and `/v1/attachments`: the files that messages carry. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { AttachmentList, AttachmentPath, ListAttachments, UploadedFiles } from '../../../shared/api/attachments.ts'
import { limits } from '../../../shared/api/limits.ts'
import { SessionPath } from '../../../shared/api/sessions.ts'
import { multipartBoundary } from '../../../shared/lib/multipart.ts'
import { recordAudit } from '../audit/record.ts'
import { uploadPath } from '../http/body.ts'
import type { Gateway } from '../http/context.ts'
import { filesForm, json, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { locate } from '../sessions/locate.ts'
import { accessAttachment, afterScan, attachmentsOf } from './access.ts'
import { attachmentDestination } from './destination.ts'
import { sendAttachment } from './download.ts'
import { removeAttachment } from './remove.ts'
import { uploadFiles } from './upload.ts'

const tags = ['Files']

const upload = createRoute({
  method: 'post',
  path: uploadPath,
  tags,
  summary: 'Upload files',
  description:
    `A form with up to ${limits.uploadFiles} files named \`files[]\`. Name the returned ids in \`attachments\` of a message. ` +
    'A file that no message carries is deleted after 24 hours. With the field `session_id` before the files, that session has them at once. ' +
    'The workspace settings limit the size and the types. The type is found by content. All files are stored, or none.',
  requestBody: filesForm({ session_id: 'optional' }),
  responses: {
    200: json(UploadedFiles, 'The attachments, in the order of the files'),
    ...problems(400, 401, 403, 404, 413, 415, 429, 507),
  },
})

const download = createRoute({
  method: 'get',
  path: '/v1/attachments/{attachment}',
  tags,
  summary: 'Download an attachment',
  description:
    'For the users of a session that has it; before that, for its uploader. `Range`, `If-Range` and `If-None-Match` work as in RFC 9110. ' +
    'Browsers save the file: they do not show it as a page.',
  request: { params: AttachmentPath },
  responses: {
    200: { description: 'The file', content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } } },
    206: { description: 'The requested range', content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } } },
    304: { description: 'The client has the file' },
    416: { description: 'The file has no byte of the range' },
    ...problems(401, 403, 404, 409),
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/attachments/{attachment}',
  tags,
  summary: 'Delete an attachment',
  description: 'From your own sessions. A session that another user has forked keeps its copy. Messages keep the name of the file.',
  request: { params: AttachmentPath },
  responses: { 204: { description: 'Deleted' }, ...problems(401, 404) },
})

const list = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/attachments',
  tags,
  summary: 'List the attachments of a session',
  request: { params: SessionPath, query: ListAttachments },
  responses: { 200: json(AttachmentList), ...problems(400, 401, 404) },
})

export const attachmentRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(upload, async (c) => {
    const boundary = multipartBoundary(c.req.header('content-type') ?? '')
    if (boundary === null) return problem(c, { kind: 'unsupported_media_type', expected: 'multipart/form-data, with a boundary' })
    const uploaded = await uploadFiles(c, boundary, attachmentDestination)
    if (!uploaded.ok) return problem(c, uploaded.error)
    for (const { id, mime, size } of uploaded.value)
      await recordAudit(c, { action: 'attachment.write', target: `attachment:${id}`, outcome: 'done', detail: { mime, size } })
    const attachments = await Promise.all(uploaded.value.map((attachment) => afterScan(c, attachment)))
    return c.json({ attachments }, 200)
  })
  .openapi(download, async (c) => {
    const attachment = await accessAttachment(c, c.req.valid('param').attachment)
    if (!attachment) return problem(c, { kind: 'not_found' })
    if (attachment.status !== 'clean') return problem(c, { kind: 'file_quarantined', status: attachment.status })
    return (await sendAttachment(c, attachment)) as never
  })
  .openapi(remove, async (c) => {
    if (!(await removeAttachment(c, c.req.valid('param').attachment))) return problem(c, { kind: 'not_found' })
    return c.body(null, 204)
  })
  .openapi(list, async (c) => {
    const { session } = c.req.valid('param')
    const { limit, cursor } = c.req.valid('query')
    const summary = await locate(c, session)?.summary(c.var.sessionOwner)
    if (!summary?.ok) return problem(c, { kind: 'not_found' })
    const page = await attachmentsOf(c).list(session, limit, cursor === undefined ? null : Number(cursor))
    return c.json({ attachments: page.attachments, next_cursor: page.next === null ? null : String(page.next) }, 200)
  })
