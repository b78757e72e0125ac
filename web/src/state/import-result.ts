/** The outcome of an import, for the report. */
import type { ImportedConversation } from '../../../shared/api/transfer.ts'

/** The outcome for one conversation of a file. */
export interface ImportResult extends Pick<ImportedConversation, 'title' | 'ctxid' | 'notes'> {
  readonly file: string
  /** Why it was refused, in words. */
  readonly reasons: readonly string[]
}
