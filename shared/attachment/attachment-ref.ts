/** What a message says of a file that it carries. Pure. */
import { z } from 'zod'
import { limits } from '../api/limits.ts'

/** The id of an attachment: a UUID. */
export const AttachmentId = z.uuid().meta({ description: 'The id of an attachment, as `POST /v1/uploads` returned it' })

/** A file name as clients show it: no path, no control characters. */
export const FileName = z.string().min(1).max(limits.fileNameUnits)

/** An attachment as a message and its event name it. */
export const AttachmentRef = z.object({
  id: AttachmentId,
  filename: FileName,
  mime: z.string().max(200).meta({ description: 'The media type, found by content' }),
  size: z.int().min(0).meta({ description: 'Bytes' }),
})
export type AttachmentRef = z.infer<typeof AttachmentRef>

/** The files of a message, in words for a model. Empty: there are none. */
export const attachmentNote = (attachments: readonly AttachmentRef[] = []): string =>
  attachments.length === 0
    ? ''
    : `\n\n[Attached files: ${attachments.map(({ id, filename, mime, size }) => `${JSON.stringify(filename)} (${mime}, ${size} bytes, id ${id})`).join('; ')}]`
