/** The media type of a file, by its content. The name only tells text formats and Office files apart. */
import { fileTypeFromBuffer } from 'file-type'

/** The bytes at the start of a file that decide its type. */
export const headBytes = 4_100

/** Formats that are text, by the ending of the name. */
const textTypes: Readonly<Record<string, string>> = {
  md: 'text/markdown',
  markdown: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  html: 'text/html',
  htm: 'text/html',
  json: 'application/json',
  xml: 'application/xml',
}

/** Formats that are ZIP files. Their own mark may lie behind the head. */
const zipTypes: Readonly<Record<string, string>> = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
}

/** The media type of a file that starts with `head`. `application/octet-stream`: unknown. */
export async function contentTypeOf(head: Uint8Array, filename: string): Promise<string> {
  const ending = /\.([^.]+)$/.exec(filename)?.[1]?.toLowerCase() ?? ''
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  if (found?.mime === 'application/zip') return zipTypes[ending] ?? found.mime
  if (found && found.mime !== 'application/xml') return found.mime
  return isText(head) ? (textTypes[ending] ?? 'text/plain') : 'application/octet-stream'
}

/** Bytes below 0x20 that texts have: tab, line feed, form feed, carriage return, escape. */
const textControls: ReadonlySet<number> = new Set([9, 10, 12, 13, 27])

/** Whether the bytes are UTF-8 without control characters of binary files. The last character may be cut. */
function isText(head: Uint8Array): boolean {
  if (head.some((byte) => byte < 32 && !textControls.has(byte))) return false
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}
