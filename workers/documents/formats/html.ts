/** The text of a web page, as Markdown. Nothing of it runs. */
import { type DocumentText, documentLimits } from '../../../shared/document/document.ts'
import { HtmlToMarkdown } from '../../../shared/lib/html-markdown.ts'
import { plainText } from './plain.ts'

/** A file has no address. Its relative links lead nowhere. */
const noAddress = new URL('file:///')
/** UTF-16 units that one step of the reader takes. */
const stepUnits = 65_536

/** The text of the page. One pass, in time that grows with its length. */
export function htmlText(bytes: Uint8Array): DocumentText {
  const { text: html } = plainText(bytes)
  const reader = new HtmlToMarkdown(noAddress, documentLimits.units)
  for (let at = 0; at < html.length && !reader.isFull; at += stepUnits) reader.write(html.slice(at, at + stepUnits))
  const { title, markdown, isCut } = reader.end()
  return { text: title === '' ? markdown : `# ${title}\n\n${markdown}`, isCut }
}
