/** Resumable uploads (tus 1.0, https://tus.io/protocols/resumable-upload): their state, and the header with a file's name. Pure. */
import type { Attachment } from '../api/attachments.ts'
import type { Subject } from '../ids.ts'
import { fromBase64 } from '../lib/base64.ts'
import type { UploadSettings } from '../settings/uploads.ts'

/** The version of the protocol. */
export const tusVersion = '1.0.0'

/** What is known of an upload when it is created. */
export interface NewUpload extends Pick<UploadSettings, 'allow' | 'deny'> {
  readonly key: string
  readonly owner: Subject
  readonly filename: string
  readonly session?: string | undefined
  readonly length: number
  readonly totalBytes: number
  readonly expiresAt: number
}

/** How far an upload is. */
export interface UploadState {
  readonly offset: number
  readonly length: number
  readonly expiresAt: number
  /** Null: bytes are missing. */
  readonly attachment: Attachment | null
}

/** The pairs of `Upload-Metadata`: names, each with a value in base64. Null: the header is malformed. */
export function parseUploadMetadata(header: string): ReadonlyMap<string, string> | null {
  const pairs = new Map<string, string>()
  for (const pair of header.split(',').map((text) => text.trim())) {
    if (pair === '') continue
    const [name = '', value = '', ...rest] = pair.split(' ')
    const bytes = fromBase64(value)
    if (!/^[\x21-\x7e]+$/.test(name) || rest.length > 0 || bytes === null || pairs.has(name)) return null
    pairs.set(name, new TextDecoder().decode(bytes))
  }
  return pairs
}
