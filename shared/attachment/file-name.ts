/** File names of uploads, and of downloads. Pure. */
import { limits } from '../api/limits.ts'
import { cutText } from '../lib/cut-text.ts'

/** Controls, marks of direction and other characters that hide what a name is. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The last part of the path that a client sent, without invisible characters. The ending stays if the name is cut. */
export function cleanFileName(sent: string): string {
  const base = sent.toWellFormed().replaceAll('\\', '/').split('/').at(-1) ?? ''
  const name = base.normalize('NFC').replace(invisible, '').trim()
  if (name === '' || /^\.+$/.test(name)) return 'file'
  if (name.length <= limits.fileNameUnits) return name
  const [ending = ''] = /\.[\p{L}\p{N}]{1,16}$/u.exec(name) ?? []
  return cutText(name, limits.fileNameUnits - ending.length) + ending
}

/** The header of a download (RFC 6266 §4.1): a plain name for old clients, and the whole name in UTF-8. */
export function contentDisposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*!]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
