/** The port to a tenant's attachments: the Durable Object `Attachments` implements it. Pure types. */
import type { Attachment as AttachmentView } from '../api/attachments.ts'
import type { Subject } from '../ids.ts'

/** How much a tenant may store. */
export interface StorageLimits {
  /** Bytes of all contents together. */
  readonly totalBytes: number
}

/** A content that an upload has written to the bucket under `key`. */
export interface WrittenContent {
  readonly key: string
  readonly sha256: string
  readonly size: number
  readonly mime: string
  /** For an object of an earlier release. The object decides whether a scanner must accept the content first. */
  readonly status: 'clean'
}

/** The file that gets the content. With `session`, the session has it at once. */
export interface NewFile {
  readonly filename: string
  readonly owner: Subject
  readonly session?: string | undefined
}

/** An attachment with where its bytes are, and with the sessions that have it. */
export interface StoredAttachment extends AttachmentView {
  readonly key: string
  readonly owner: Subject
  readonly sessions: readonly string[]
}
