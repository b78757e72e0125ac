/** Replaces parts of marked's renderer that do not fit a conversation. */
import type { RendererObject } from 'marked'

const attribute = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

export const renderer: RendererObject = {
  /** The page has level 1 and a turn level 2, so headings of an answer start at level 3. */
  heading({ tokens, depth }) {
    const level = Math.min(Math.max(depth + 1, 3), 6)
    return `<h${level} class="md-h${depth}">${this.parser.parseInline(tokens)}</h${level}>`
  },
  /** Shows HTML in an answer as text. */
  html({ text }) {
    return attribute(text)
  },
  /** Wraps a table in a box that scrolls and takes the focus. */
  table(token) {
    const cell = (tag: 'th' | 'td', { tokens, align }: (typeof token.header)[number]) =>
      `<${tag}${tag === 'th' ? ' scope="col"' : ''}${align ? ` class="align-${align}"` : ''}>${this.parser.parseInline(tokens)}</${tag}>`
    const head = token.header.map((column) => cell('th', column)).join('')
    const rows = token.rows.map((row) => `<tr>${row.map((column) => cell('td', column)).join('')}</tr>`).join('')
    return `<div class="table" role="region" aria-label="Table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`
  },
  /** Renders an image as a link. Fetching it would reveal to its server what was read, and when. */
  image({ href, text }) {
    return `<a href="${attribute(href)}">${attribute(text || href)}</a>`
  },
}
