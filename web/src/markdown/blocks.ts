/**
 * Parses streamed markdown into blocks. Finished blocks are frozen, and only the tail is parsed again. So an update costs the same for a
 * long answer as for a short one. The DOM nodes of finished blocks stay.
 */
import { Marked, type Token, type Tokens } from 'marked'
import remend from 'remend'
import { renderer } from './renderer.ts'
import { sanitize } from './sanitize.ts'

export type Block =
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string; readonly closed: boolean }
  /** A list or quotation that contains code. Code becomes a separate block with a copy button. */
  | { readonly kind: 'ol' | 'ul'; readonly start: number; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }

export interface Document {
  readonly source: string
  /** UTF-16 units of `source` that the frozen blocks cover. */
  readonly frozenUnits: number
  readonly frozen: readonly Block[]
  readonly blocks: readonly Block[]
}

const marked = new Marked({ gfm: true, breaks: false, renderer })
const nothing: Document = { source: '', frozenUnits: 0, frozen: [], blocks: [] }

/** Later text can change the last two blocks: a list continues, a paragraph becomes a heading. Earlier blocks are final. */
const unsettled = 2

/** Parses `source`, and reuses the frozen blocks of `before`. `done`: the text is complete. */
export function toBlocks(before: Document | null, source: string, done: boolean): Document {
  const text = source.replace(/\r\n?/g, '\n')
  const parsed = before !== null && text.startsWith(before.source.slice(0, before.frozenUnits)) ? before : nothing
  // A link definition at the end can change frozen blocks.
  const start = done && /^ {0,3}\[[^\]]+\]:/m.test(text) ? nothing : parsed
  const tokens = marked.lexer(text.slice(start.frozenUnits))
  if (done) return { ...start, source: text, blocks: [...start.frozen, ...tokens.flatMap((token) => toBlock(token, true))] }

  const settled = Math.max(0, settledCount(tokens))
  const frozen = [...start.frozen, ...tokens.slice(0, settled).flatMap((token) => toBlock(token, true))]
  const frozenUnits = start.frozenUnits + tokens.slice(0, settled).reduce((units, token) => units + token.raw.length, 0)
  return { source: text, frozenUnits, frozen, blocks: [...frozen, ...tail(text.slice(frozenUnits))] }
}

function settledCount(tokens: readonly Token[]): number {
  let remaining = unsettled
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    if (tokens[index]?.type !== 'space') remaining -= 1
    if (remaining === 0) return index
  }
  return 0
}

/** Parses the unfinished part with its open syntax closed, so that no markers flash up. */
function tail(text: string): Block[] {
  const inCode = marked.lexer(text).findLast((token) => token.type !== 'space')?.type === 'code'
  const closed = inCode ? text : remend(withoutUnfinishedLines(text), { linkMode: 'text-only', katex: false })
  const tokens = marked.lexer(closed)
  return tokens.flatMap((token, index) => toBlock(token, index < tokens.length - 1))
}

/** Removes a last line that holds only markers, and a table without its delimiter row. */
function withoutUnfinishedLines(text: string): string {
  const half = text.replace(/(^|\n)[ \t]*(?:[#>*+\-_~`=|]+|\d{1,3}[.)]?)[ \t]*$/, '$1')
  // Removes an opening marker that no word follows yet.
  const complete = half.replace(/(^|[\s(])(?:[*_~]{1,3}|`+|!?\[)$/, '$1')
  return complete.replace(/(^|\n\n)[ \t]*\|[^\n]*(?:\n[ \t]*\|?[ \t:|-]*)?$/, (found, lead: string) => (isTable(found) ? found : lead))
}

const isTable = (text: string): boolean => marked.lexer(text).some((token) => token.type === 'table')

/** An unfinished closing fence on the last line. */
const halfFence = /(^|\n) {0,3}(?:`+|~+)$/

function toBlock(token: Token, ended: boolean): Block[] {
  if (token.type === 'space' || token.type === 'def') return []
  if (token.type === 'code') {
    const fenced = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1]
    const closed = ended || fenced === undefined || new RegExp(`\\n {0,3}${fenced}[\`~]*\\s*$`).test(token.raw)
    const text: string = closed ? token.text : token.text.replace(halfFence, '')
    return [{ kind: 'code', language: (token.lang ?? '').split(/\s/)[0] ?? '', text, closed }]
  }
  if (isList(token) && token.items.some(holdsCode)) {
    const items = token.items.map((item, index) => toBlocksWithin(item.tokens, ended || index < token.items.length - 1))
    return [{ kind: token.ordered ? 'ol' : 'ul', start: Number(token.start) || 1, items }]
  }
  if (token.type === 'blockquote' && holdsCode(token)) return [{ kind: 'quote', blocks: toBlocksWithin(token.tokens ?? [], ended) }]
  return [{ kind: 'html', html: htmlOf(token) }]
}

const isList = (token: Token): token is Tokens.List => token.type === 'list'

const holdsCode = (token: Token): boolean =>
  token.type === 'code' ||
  (isList(token) ? token.items.some(holdsCode) : ((('tokens' in token && token.tokens) || []) as Token[]).some(holdsCode))

const toBlocksWithin = (tokens: readonly Token[], ended: boolean): Block[] =>
  tokens.flatMap((token, index) => toBlock(token, ended || index < tokens.length - 1))

/** Sanitized HTML by its source. Most unsettled blocks do not change between two updates. */
const recent = new Map<string, string>()
const maxRecent = 16

function htmlOf(token: Token): string {
  const raw = marked.parser([token])
  const cached = recent.get(raw)
  const html = cached ?? sanitize(raw)
  recent.delete(raw)
  recent.set(raw, html)
  const [oldest] = recent.keys()
  if (recent.size > maxRecent && oldest !== undefined) recent.delete(oldest)
  return html
}
