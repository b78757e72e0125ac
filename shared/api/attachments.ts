/** Attachments: files that users upload, and that messages carry. Each limit has a test. */
import { z } from 'zod'
import { AttachmentRef } from '../attachment/attachment-ref.ts'
import { UnixMs } from './unix-ms.ts'

/** Whether a file may be read. `quarantined`: a scanner found something. `pending`: the scanner has not answered yet. */
export const AttachmentStatus = z.enum(['clean', 'pending', 'quarantined'])
export type AttachmentStatus = z.infer<typeof AttachmentStatus>

/** One attachment. */
export const Attachment = AttachmentRef.extend({
  sha256: z.string().meta({ description: 'SHA-256 of the content, in hex' }),
  status: AttachmentStatus,
  finding: z.string().nullable().optional().meta({ description: 'What the scanner found in a quarantined file' }),
  created_at: UnixMs,
  expires_at: UnixMs.nullable().meta({
    description: 'When the file is deleted, if no message carries it by then. `null`: a session has it',
  }),
}).meta({ id: 'Attachment' })
export type Attachment = z.infer<typeof Attachment>

/** The uploaded files, in their order. */
export const UploadedFiles = z.object({ attachments: z.array(Attachment) })
export type UploadedFiles = z.infer<typeof UploadedFiles>

/** The attachments of a session, newest first. `next_cursor`: the `cursor` of the next page; null: none. */
export const AttachmentList = z.object({ attachments: z.array(Attachment), next_cursor: z.string().nullable() })
export type AttachmentList = z.infer<typeof AttachmentList>

/** Query of the attachments of a session. */
export const ListAttachments = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the `next_cursor` of a page')
    .optional(),
})
export type ListAttachments = z.infer<typeof ListAttachments>

/** Path of one attachment. Any text: a wrong id gets the response of an unknown one. */
export const AttachmentPath = z.object({ attachment: z.string().max(64).meta({ description: 'The id of the attachment' }) })
export type AttachmentPath = z.infer<typeof AttachmentPath>

const tusHeader = z.string().max(20).optional().meta({ description: 'The version of the protocol: `1.0.0`' })
const bytes = z.coerce.number().int().min(0)

/** Headers that start a resumable upload. */
export const CreateUpload = z.object({
  'tus-resumable': tusHeader,
  'upload-length': bytes.meta({ description: 'The bytes of the file' }),
  'upload-metadata': z
    .string()
    .max(4_000)
    .optional()
    .meta({ description: 'Pairs of a name and a value in base64: `filename`, `session_id`' }),
})

/** Headers of the next bytes. */
export const PatchUpload = z.object({
  'tus-resumable': tusHeader,
  'upload-offset': bytes.meta({ description: 'The position of the first byte of the body' }),
})

/** Path of one resumable upload. Any text: a wrong id gets the response of an unknown one. */
export const UploadPath = z.object({ upload: z.string().max(64).meta({ description: 'The id of the upload, from `Location`' }) })

/** How far a resumable upload is. */
export const UploadView = z.object({
  offset: z.int().meta({ description: 'The bytes that have arrived' }),
  length: z.int(),
  expires_at: UnixMs,
  attachment: Attachment.nullable().meta({ description: '`null`: bytes are missing' }),
})
