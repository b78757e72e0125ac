/** How markdown's parts become HTML where marked's own way does not fit a conversation. */
import type { RendererObject } from 'marked'

const attribute = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

export const renderer: RendererObject = {
  /** The page's heading is level 1 and a turn's is level 2: an answer's own begin below, most with `##`. */
  heading({ tokens, depth }) {
    const level = Math.min(Math.max(depth + 1, 3), 6)
    return `<h${level} class="md-h${depth}">${this.parser.parseInline(tokens)}</h${level}>`
  },
  /** What an answer says about tags is text, not tags: nothing of it may vanish. */
  html({ text }) {
    return attribute(text)
  },
  /** A wide table scrolls in its own box, which the keyboard can reach. */
  table(token) {
    const cell = (tag: 'th' | 'td', { tokens, align }: (typeof token.header)[number]) =>
      `<${tag}${tag === 'th' ? ' scope="col"' : ''}${align ? ` class="align-${align}"` : ''}>${this.parser.parseInline(tokens)}</${tag}>`
    const head = token.header.map((column) => cell('th', column)).join('')
    const rows = token.rows.map((row) => `<tr>${row.map((column) => cell('td', column)).join('')}</tr>`).join('')
    return `<div class="table" role="region" aria-label="Table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`
  },
  /** Fetching a picture that an answer names would tell a stranger what was read, and when. It becomes a link. */
  image({ href, text }) {
    return `<a href="${attribute(href)}">${attribute(text || href)}</a>`
  },
}
