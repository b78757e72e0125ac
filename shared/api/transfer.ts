/** Sessions as files: export and import. `Transfer` describes the file. */
import { z } from 'zod'
import { EventId } from '../ids.ts'
import { Transfer } from '../session/transfer.ts'
import { storedDocument } from './closed.ts'
import { limits } from './limits.ts'
import { keyHeader } from './messages.ts'

export const ExportSession = z.object({ session_id: z.string() })
export type ExportSession = z.infer<typeof ExportSession>

export const ExportedSession = z.object({ ctxid: z.string(), content: z.string() })
export type ExportedSession = z.infer<typeof ExportedSession>

/** Header of an import: the key of each session is derived from it. */
export const ImportKey = z.object({ 'idempotency-key': keyHeader(EventId.max(240)).optional() })
export type ImportKey = z.infer<typeof ImportKey>

export const ImportSessions = z.object({
  chats: z
    .array(z.union([z.string(), storedDocument(Transfer)]))
    .min(1)
    .max(limits.importSessions),
})
export type ImportSessions = z.infer<typeof ImportSessions>

export const ImportedSessions = z.object({ ctxids: z.array(z.string()) })
export type ImportedSessions = z.infer<typeof ImportedSessions>
