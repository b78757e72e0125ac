/** Sessions as files: export and import. `Transfer` describes our own file. */
import { z } from 'zod'
import { EventId } from '../ids.ts'
import { limits } from './limits.ts'
import { keyHeader } from './messages.ts'
import { InvalidField } from './problem.ts'

/** The session to export. */
export const ExportSession = z.object({ session_id: z.string() })
export type ExportSession = z.infer<typeof ExportSession>

/** An exported session: its id, and the file as text. */
export const ExportedSession = z.object({ ctxid: z.string(), content: z.string() })
export type ExportedSession = z.infer<typeof ExportedSession>

/** The forms of an export: one JSON document, lines of JSON, or Markdown for people. */
export const ExportFormat = z.enum(['json', 'ndjson', 'markdown'])
export type ExportFormat = z.infer<typeof ExportFormat>

/** Query of `GET /v1/sessions/{session}/export`. */
export const ExportOptions = z.object({
  format: ExportFormat.default('json').meta({
    description:
      '`json` and `ndjson` can be imported again. `markdown` is the active branch for people: title, roles, times and tool calls.',
  }),
})
export type ExportOptions = z.infer<typeof ExportOptions>

/** Header of an import: the key of each session is derived from it. */
export const ImportKey = z.object({ 'idempotency-key': keyHeader(EventId.max(240)).optional() })
export type ImportKey = z.infer<typeof ImportKey>

/** Several files in one request: each as an object, or as its text. */
export const ImportSessions = z.strictObject({
  chats: z
    .array(z.union([z.string(), z.record(z.string(), z.unknown())]), { error: 'must be a list of files, each as an object or as its text' })
    .min(1)
    .max(limits.importSessions),
})
export type ImportSessions = z.infer<typeof ImportSessions>

/** The result for one conversation of an import. */
export const ImportedConversation = z.object({
  source: z.string().meta({ description: 'Its position in the request: a JSON pointer (RFC 6901). Empty: the whole body' }),
  title: z.string().meta({ description: 'Its title in the file. Empty: the file states none' }),
  ctxid: z.string().nullable().meta({ description: 'The new session. `null`: the conversation was refused, and nothing of it was taken' }),
  notes: z.array(z.string()).meta({ description: 'What was left out, in words: other branches, images, reasoning' }),
  errors: z.array(InvalidField).meta({ description: 'Why it was refused' }),
})
export type ImportedConversation = z.infer<typeof ImportedConversation>

/** The ids of the new sessions, and the result for each conversation. */
export const ImportedSessions = z.object({ ctxids: z.array(z.string()), conversations: z.array(ImportedConversation) })
export type ImportedSessions = z.infer<typeof ImportedSessions>
