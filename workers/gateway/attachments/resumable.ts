/** `/v1/uploads/tus`: resumable uploads by the protocol tus 1.0, with its extensions creation, expiration and termination. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { CreateUpload, PatchUpload, UploadPath, UploadView } from '../../../shared/api/attachments.ts'
import { limits } from '../../../shared/api/limits.ts'
import { cleanFileName } from '../../../shared/attachment/file-name.ts'
import { parseUploadMetadata, tusVersion, type UploadState } from '../../../shared/attachment/resumable.ts'
import { SessionId } from '../../../shared/ids.ts'
import type { Failure } from '../../../shared/problem.ts'
import { recordAudit } from '../audit/record.ts'
import { isUpload, resumablePath } from '../http/body.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { readSettings } from '../settings/routes.ts'
import { mayWrite } from './upload.ts'

const tags = ['Files']
const path = `${resumablePath}/{upload}`

const create = createRoute({
  method: 'post',
  path: resumablePath,
  tags,
  summary: 'Start a resumable upload',
  description:
    'By tus 1.0. `Upload-Metadata` names the file: `filename`, and optionally `session_id`. Send the bytes with `PATCH` to the address in ' +
    '`Location`, in any number of requests. An upload that has not ended after 24 hours is deleted.',
  request: { headers: CreateUpload },
  responses: { 201: { description: 'Created' }, ...problems(400, 401, 403, 404, 412, 413, 507) },
})

const show = createRoute({
  method: 'get',
  path,
  tags,
  summary: 'Show how far a resumable upload is',
  description: '`HEAD` has the same in `Upload-Offset` and `Upload-Length`. `attachment` is there when all bytes are.',
  request: { params: UploadPath },
  responses: { 200: json(UploadView), ...problems(401, 404) },
})

const append = createRoute({
  method: 'patch',
  path,
  tags,
  summary: 'Send the next bytes of a resumable upload',
  description: 'What has arrived stays, also when the connection breaks. With the last byte, `Upload-Attachment` names the attachment.',
  request: { params: UploadPath, headers: PatchUpload },
  // The body is read as a stream.
  requestBody: {
    required: true,
    content: { 'application/offset+octet-stream': { schema: { type: 'string' as const, format: 'binary' } } },
  },
  responses: { 204: { description: 'Received' }, ...problems(400, 401, 404, 409, 412, 415) },
})

const remove = createRoute({
  method: 'delete',
  path,
  tags,
  summary: 'End a resumable upload and delete its bytes',
  description: 'An attachment that it has become stays.',
  request: { params: UploadPath },
  responses: { 204: { description: 'Deleted' }, ...problems(401, 404) },
})

/** The upload of the caller's tenant. Any other id is one that does not exist. */
const uploadOf = ({ env, var: { principal } }: GatewayContext, id: string) =>
  z.uuid().safeParse(id).success ? env.UPLOADS.getByName(`${principal.tenant}/upload/${id}`) : null

const headersOf = ({ offset, length, expiresAt, attachment }: UploadState): Record<string, string> => ({
  'tus-resumable': tusVersion,
  'upload-offset': String(offset),
  'upload-length': String(length),
  'upload-expires': new Date(expiresAt).toUTCString(),
  'cache-control': 'no-store',
  ...(attachment && { 'upload-attachment': attachment.id }),
})

const wrongVersion: Failure = { kind: 'upload_version', version: tusVersion }

export const resumableRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(create, async (c) => {
    const { 'tus-resumable': version, 'upload-length': length, 'upload-metadata': metadata = '' } = c.req.valid('header')
    if (version !== tusVersion) return problem(c, wrongVersion)
    const { uploads: settings } = (await readSettings(c)).settings
    if (length > settings.max_file_bytes) return problem(c, { kind: 'file_too_large', limitBytes: settings.max_file_bytes })
    const pairs = parseUploadMetadata(metadata)
    if (!pairs) return problem(c, invalidHeader('upload-metadata', 'must be pairs of a name and a value in base64'))
    const session = SessionId.safeParse(pairs.get('session_id') ?? '')
    if (pairs.has('session_id') && !session.success) return problem(c, invalidHeader('upload-metadata', 'must name a session'))
    if (session.success && !(await mayWrite(c, session.data))) return problem(c, { kind: 'not_found' })
    const { tenant, subject } = c.var.principal
    const id = crypto.randomUUID()
    const created = await c.env.UPLOADS.getByName(`${tenant}/upload/${id}`).create({
      key: `${tenant}/${id}`,
      owner: subject,
      filename: cleanFileName(pairs.get('filename') ?? pairs.get('name') ?? ''),
      session: session.data,
      length,
      totalBytes: settings.total_bytes,
      allow: settings.allow,
      deny: settings.deny,
      expiresAt: Date.now() + limits.unusedAttachmentMs,
    })
    if (!created.ok) return problem(c, created.error)
    return c.body(null, 201, { ...headersOf(created.value), location: `${resumablePath}/${id}` })
  })
  .openapi(show, async (c) => {
    const state = await uploadOf(c, c.req.valid('param').upload)?.state(c.var.principal.subject)
    if (!state) return problem(c, { kind: 'not_found' })
    const { offset, length, expiresAt: expires_at, attachment } = state
    return c.json({ offset, length, expires_at, attachment }, 200, headersOf(state))
  })
  .openapi(append, async (c) => {
    const { 'tus-resumable': version, 'upload-offset': offset } = c.req.valid('header')
    if (version !== tusVersion) return problem(c, wrongVersion)
    if (!isUpload(c)) return problem(c, { kind: 'unsupported_media_type', expected: 'application/offset+octet-stream' })
    const body = c.req.raw.body ?? new Response('').body
    const appended = body && (await uploadOf(c, c.req.valid('param').upload)?.append(c.var.principal.subject, offset, body))
    if (!appended?.ok) return problem(c, appended?.error ?? { kind: 'not_found' })
    const { attachment } = appended.value
    if (attachment) {
      const { id, mime, size } = attachment
      await recordAudit(c, { action: 'attachment.write', target: `attachment:${id}`, outcome: 'done', detail: { mime, size } })
    }
    return c.body(null, 204, headersOf(appended.value))
  })
  .openapi(remove, async (c) => {
    const removed = await uploadOf(c, c.req.valid('param').upload)?.remove(c.var.principal.subject)
    return removed ? c.body(null, 204, { 'tus-resumable': tusVersion }) : problem(c, { kind: 'not_found' })
  })

const invalidHeader = (name: string, detail: string): Failure => ({ kind: 'invalid', errors: [{ pointer: `header/${name}`, detail }] })
