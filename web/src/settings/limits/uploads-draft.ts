/** The form of upload limits: the settings as texts, and back. Pure. */
import type { UploadSettings } from '../../../../shared/settings/uploads.ts'

export interface UploadsDraft {
  readonly fileMegabytes: string
  readonly totalGigabytes: string
  /** Media types, separated by commas or spaces. */
  readonly allow: string
  readonly deny: string
}

const megabyte = 1_000_000
const gigabyte = 1_000_000_000

export const uploadsDraftOf = ({ max_file_bytes, total_bytes, allow, deny }: UploadSettings): UploadsDraft => ({
  fileMegabytes: String(max_file_bytes / megabyte),
  totalGigabytes: String(total_bytes / gigabyte),
  allow: allow.join(', '),
  deny: deny.join(', '),
})

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter((type) => type !== '')

export const uploadsOf = ({ fileMegabytes, totalGigabytes, allow, deny }: UploadsDraft): UploadSettings => ({
  max_file_bytes: Math.round(Number(fileMegabytes) * megabyte),
  total_bytes: Math.round(Number(totalGigabytes) * gigabyte),
  allow: listOf(allow),
  deny: listOf(deny),
})
