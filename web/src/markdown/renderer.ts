/** Replaces parts of marked's renderer that do not fit a conversation. Each block takes its direction from its text. */
import type { RendererObject } from 'marked'
import { markdown } from '../strings/markdown.ts'
import { escapeHtml } from './escape.ts'
import { isRightToLeft } from './text-direction.ts'

/**
 * The attributes of an element around other blocks. `dir="auto"` leaves out the text of blocks that have a direction of their own, so a class
 * has the direction of the first one. A selector with `:has()` would cost time in each update of a streamed answer.
 */
const around = (html: string, name = ''): string => `dir="auto"${classOf(html, name)}`

const classOf = (html: string, name: string): string => {
  const names = [name, isRightToLeft(html) ? 'rtl' : ''].filter((part) => part !== '')
  return names.length > 0 ? ` class="${names.join(' ')}"` : ''
}

export const renderer: RendererObject = {
  /** The page has level 1 and a turn level 2, so headings of an answer start at level 3. */
  heading({ tokens, depth }) {
    const level = Math.min(Math.max(depth + 1, 3), 6)
    return `<h${level} class="md-h${depth}" dir="auto">${this.parser.parseInline(tokens)}</h${level}>`
  },
  paragraph({ tokens }) {
    return `<p dir="auto">${this.parser.parseInline(tokens)}</p>\n`
  },
  blockquote({ tokens }) {
    const html = this.parser.parse(tokens)
    return `<blockquote ${around(html)}>\n${html}</blockquote>\n`
  },
  listitem({ tokens }) {
    const html = this.parser.parse(tokens)
    return `<li ${around(html, html.startsWith('<input') ? 'task' : '')}>${html}</li>\n`
  },
  /** The box of a task has no text of its own, so it gets a name. */
  checkbox({ checked }) {
    return `<input type="checkbox" disabled${checked ? ' checked' : ''} aria-label="${escapeHtml(checked ? markdown.taskDone : markdown.taskOpen)}"> `
  },
  /** Shows HTML in an answer as text. */
  html({ text }) {
    return escapeHtml(text)
  },
  /** Wraps a table in a box that scrolls and takes the focus. */
  table(token) {
    const cell = (tag: 'th' | 'td', { tokens, align }: (typeof token.header)[number]) =>
      `<${tag} dir="auto"${tag === 'th' ? ' scope="col"' : ''}${align ? ` class="align-${align}"` : ''}>${this.parser.parseInline(tokens)}</${tag}>`
    const head = token.header.map((column) => cell('th', column)).join('')
    const rows = token.rows.map((row) => `<tr>${row.map((column) => cell('td', column)).join('')}</tr>`).join('')
    const firstCell = head.slice(0, head.indexOf('</th>'))
    return `<div${classOf(firstCell, 'table')} role="region" aria-label="${escapeHtml(markdown.table)}" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`
  },
  /** Renders an image as a link. Fetching it would reveal to its server what was read, and when. */
  image({ href, text }) {
    return `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`
  },
}
