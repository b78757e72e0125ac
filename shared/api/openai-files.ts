/** Files in the shape of OpenAI's API (`/v1/files`). A file is an attachment. */
import { z } from 'zod'

/** One file. */
export const OpenAiFile = z
  .object({
    id: z.string().meta({ description: 'The id of the attachment' }),
    object: z.literal('file'),
    bytes: z.int(),
    created_at: z.int().meta({ description: 'Unix seconds' }),
    expires_at: z.int().optional().meta({ description: 'When the file is deleted, unless a message carries it by then. Unix seconds' }),
    filename: z.string(),
    purpose: z.literal('user_data').meta({ description: 'Always the same: a purpose changes nothing here' }),
    status: z.enum(['uploaded', 'processed', 'error']).meta({ description: '`uploaded`: it is scanned. `error`: it is quarantined' }),
  })
  .meta({ id: 'File' })
export type OpenAiFile = z.infer<typeof OpenAiFile>

/** A deleted file. */
export const DeletedFile = z.object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) })

/** Path of one file. Any text: a wrong id gets the response of an unknown one. */
export const FilePath = z.object({ file: z.string().max(64).meta({ description: 'The id of the file' }) })
