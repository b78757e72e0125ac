/** The face of OpenAI's API: files, which are attachments. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Attachment } from '../../../../shared/api/attachments.ts'
import { DeletedFile, FilePath, OpenAiFile } from '../../../../shared/api/openai-files.ts'
import { multipartBoundary } from '../../../../shared/lib/multipart.ts'
import { accessAttachment, afterScan } from '../../attachments/access.ts'
import { attachmentDestination } from '../../attachments/destination.ts'
import { sendAttachment } from '../../attachments/download.ts'
import { removeAttachment } from '../../attachments/remove.ts'
import { uploadFiles } from '../../attachments/upload.ts'
import { recordAudit } from '../../audit/record.ts'
import { filesPath } from '../../http/body.ts'
import type { Gateway } from '../../http/context.ts'
import { json, onInvalid, problems } from '../../http/openapi.ts'
import { problem } from '../../http/problem.ts'
import { createRoute } from '../../http/route.ts'

const tags = ['Faces']

const upload = createRoute({
  method: 'post',
  path: filesPath,
  tags,
  summary: "Upload a file in the shape of OpenAI's API",
  description:
    'A form with one `file`, which becomes an attachment; `purpose` changes nothing. Name its id in a `file` part of a message to a session. ' +
    'A file that no message carries is deleted after 24 hours.',
  // The body is read as a stream.
  requestBody: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object' as const,
          additionalProperties: false,
          required: ['file'],
          properties: { purpose: { type: 'string' as const }, file: { type: 'string' as const, format: 'binary' } },
        },
      },
    },
  },
  responses: { 200: json(OpenAiFile), ...problems(400, 401, 403, 413, 415, 429, 507) },
})

const get = createRoute({
  method: 'get',
  path: `${filesPath}/{file}`,
  tags,
  summary: "Read what is known of a file, in the shape of OpenAI's API",
  request: { params: FilePath },
  responses: { 200: json(OpenAiFile), ...problems(401, 404) },
})

const content = createRoute({
  method: 'get',
  path: `${filesPath}/{file}/content`,
  tags,
  summary: 'Download a file',
  description: 'As `/v1/attachments/{attachment}`.',
  request: { params: FilePath },
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
  path: `${filesPath}/{file}`,
  tags,
  summary: 'Delete a file',
  description: 'As `/v1/attachments/{attachment}`.',
  request: { params: FilePath },
  responses: { 200: json(DeletedFile), ...problems(401, 404) },
})

const statuses = { clean: 'processed', pending: 'uploaded', quarantined: 'error' } as const

type Described = Pick<Attachment, 'id' | 'size' | 'created_at' | 'filename' | 'status'> & { readonly expires_at?: number | null }

const view = ({ id, size, created_at, expires_at, filename, status }: Described): OpenAiFile => ({
  id,
  object: 'file',
  bytes: size,
  created_at: seconds(created_at),
  ...(typeof expires_at === 'number' && { expires_at: seconds(expires_at) }),
  filename,
  purpose: 'user_data',
  status: statuses[status],
})

const seconds = (ms: number): number => Math.floor(ms / 1_000)

export const fileRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(upload, async (c) => {
    const boundary = multipartBoundary(c.req.header('content-type') ?? '')
    if (boundary === null) return problem(c, { kind: 'unsupported_media_type', expected: 'multipart/form-data, with a boundary' })
    const uploaded = await uploadFiles(c, boundary, { ...attachmentDestination, maxFiles: 1, ignores: 'purpose' })
    if (!uploaded.ok) return problem(c, uploaded.error)
    const [file] = uploaded.value
    if (!file) return problem(c, { kind: 'invalid', errors: [{ pointer: '/file', detail: 'is required' }] })
    const { id, mime, size } = file
    await recordAudit(c, { action: 'attachment.write', target: `attachment:${id}`, outcome: 'done', detail: { mime, size } })
    return c.json(view(await afterScan(c, file)), 200)
  })
  .openapi(get, async (c) => {
    const attachment = await accessAttachment(c, c.req.valid('param').file)
    return attachment ? c.json(view(attachment), 200) : problem(c, { kind: 'not_found' })
  })
  .openapi(content, async (c) => {
    const attachment = await accessAttachment(c, c.req.valid('param').file)
    if (!attachment) return problem(c, { kind: 'not_found' })
    if (attachment.status !== 'clean') return problem(c, { kind: 'file_quarantined', status: attachment.status })
    return (await sendAttachment(c, attachment)) as never
  })
  .openapi(remove, async (c) => {
    const id = c.req.valid('param').file
    return (await removeAttachment(c, id))
      ? c.json({ id, object: 'file' as const, deleted: true as const }, 200)
      : problem(c, { kind: 'not_found' })
  })
