/** Text formats: UTF-8, or what their byte order mark says. */
import type { DocumentText } from '../../../shared/document/document.ts'

/** The text of the file. Bytes that are no text become U+FFFD. */
export function plainText(bytes: Uint8Array): DocumentText {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const encoding = isUtf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8'
  return { text: new TextDecoder(encoding).decode(bytes), isCut: false }
}
