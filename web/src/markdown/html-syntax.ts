/** A fixed set of HTML without attributes: `br kbd sub sup` in a text, `details` with `summary` as a block. All other HTML is text. */
import type { Token, TokenizerAndRendererExtension, Tokens } from 'marked'
import { paragraphEnd } from './paragraph-end.ts'

export const tagNames = ['br', 'kbd', 'sub', 'sup', 'details', 'summary'] as const

const opening = /^<(kbd|sub|sup)>/i

/** Index of the tag that closes the first one in `src`, and the index after it. */
function closingTag(src: string, name: string): { readonly from: number; readonly to: number } | null {
  let depth = 0
  for (const { index, 0: tag } of src.matchAll(new RegExp(`</?${name}>`, 'gi'))) {
    depth += tag.startsWith('</') ? -1 : 1
    if (depth === 0) return { from: index, to: index + tag.length }
  }
  return null
}

const lineBreak: TokenizerAndRendererExtension = {
  name: 'lineBreak',
  level: 'inline',
  start: (src) => /<br/i.exec(src)?.index,
  tokenizer(src) {
    const raw = /^<br[ \t]*\/?>/i.exec(src)?.[0]
    return raw === undefined ? undefined : { type: 'lineBreak', raw }
  },
  renderer: () => '<br>',
}

const element: TokenizerAndRendererExtension = {
  name: 'element',
  level: 'inline',
  start: (src) => /<(?:kbd|sub|sup)>/i.exec(src)?.index,
  tokenizer(src) {
    const [tag, name] = opening.exec(src) ?? []
    if (tag === undefined || name === undefined) return
    // While a text is unfinished, the end of it closes an element.
    const end = closingTag(src, name) ?? (isUnfinished(this.lexer) ? { from: src.length, to: src.length } : null)
    if (!end) return
    return {
      type: 'element',
      raw: src.slice(0, end.to),
      name: name.toLowerCase(),
      tokens: this.lexer.inlineTokens(src.slice(tag.length, end.from)),
    }
  },
  renderer({ name, tokens }: Tokens.Generic) {
    return `<${name}>${this.parser.parseInline(tokens ?? [])}</${name}>`
  },
}

const isUnfinished = (lexer: object): boolean => 'unfinished' in lexer && lexer.unfinished === true

export interface DetailsToken extends Tokens.Generic {
  readonly type: 'details'
  readonly open: boolean
  readonly summary: Token[]
  tokens: Token[]
}

export const isDetails = (token: Token): token is DetailsToken => token.type === 'details'

/** The line that starts a foldable block. */
export const detailsStart = /^ {0,3}<details(?: open(?:="")?)?>/i

const summary = /^\s*<summary>([\s\S]*?)<\/summary>/i
const unfinishedSummary = /^\s*<summary>([\s\S]*?)(?:<\/summary>|$)/i

const details: TokenizerAndRendererExtension = {
  name: 'details',
  level: 'block',
  start: (src) => paragraphEnd(src, /\n {0,3}<details[ >]/i.exec(src)?.index),
  tokenizer(src) {
    const start = detailsStart.exec(src)?.[0]
    if (start === undefined) return
    const inner = start.trimStart().replace(/^<details[^>]*>/i, '<details>')
    const rest = src.slice(start.length)
    const end = closingTag(inner + rest, 'details')
    if (!end && !isUnfinished(this.lexer)) return
    const content = end ? rest.slice(0, end.from - inner.length) : rest
    const raw = end ? src.slice(0, start.length + end.to - inner.length) : src
    const [whole = '', title = ''] = (end ? summary : unfinishedSummary).exec(content) ?? []
    const heading: Token[] = []
    this.lexer.inline(title.trim(), heading)
    return {
      type: 'details',
      raw,
      open: /open/i.test(start) || !end,
      summary: heading,
      tokens: this.lexer.blockTokens(content.slice(whole.length), []),
    }
  },
  renderer({ summary: heading, tokens }: Tokens.Generic) {
    return `<details><summary>${this.parser.parseInline(heading)}</summary>${this.parser.parse(tokens ?? [])}</details>`
  },
}

export const htmlSyntax = [lineBreak, element, details]
