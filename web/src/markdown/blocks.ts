/**
 * Parses streamed markdown into blocks. Finished blocks are frozen, and only the last piece is parsed again. So an update costs the same
 * for a long answer as for a short one. The DOM nodes of finished blocks stay. The work for a text is bounded, also for an adversarial one.
 */
import { type Lexer, Marked, type Token, type Tokens } from 'marked'
import { BoundedLexer, Budget } from './bounded-lexer.ts'
import { closes, type Piece, toPieces } from './pieces.ts'
import { renderer } from './renderer.ts'
import { sanitize } from './sanitize.ts'
import { closeSyntax } from './unfinished.ts'

export type Block =
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string; readonly closed: boolean }
  /** A list or quotation that contains code. Code becomes a separate block with a copy button. */
  | { readonly kind: 'ol' | 'ul'; readonly start: number; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  /** A piece that is too long to be parsed. */
  | { readonly kind: 'plain'; readonly text: string }

export interface Document {
  readonly source: string
  /** UTF-16 units of `source` that the frozen blocks cover. */
  readonly frozenUnits: number
  readonly frozen: readonly Block[]
  readonly blocks: readonly Block[]
}

const marked = new Marked({ gfm: true, breaks: false, renderer })
const nothing: Document = { source: '', frozenUnits: 0, frozen: [], blocks: [] }

/** UTF-16 units of a piece. A longer one is plain text, except fenced code, which is parsed in one step per character. */
export const maxPieceUnits = 50_000
/** The open syntax of an unfinished piece is closed up to this size, in UTF-16 units. A longer one may show a marker for a moment. */
const maxClosedUnits = 5_000
/** Steps for the unfinished piece of one update, in addition to those for its length. */
const updateSteps = 5_000_000

/** A link definition (CommonMark §4.7). Its label has no brackets here, so that each character is read once. */
const definition = /^ {0,3}\[[^[\]]{1,999}\]:/m

/** Parses `source`, and reuses the frozen blocks of `before`. `done`: the text is complete. */
export function toBlocks(before: Document | null, source: string, done: boolean): Document {
  const text = source.replace(/\r\n?/g, '\n')
  const parsed = before !== null && text.startsWith(before.source.slice(0, before.frozenUnits)) ? before : nothing
  // A link definition at the end can change frozen blocks. A long piece in `before` may have been cut.
  const start = done && (definition.test(text) || parsed.frozen.some(isPlain)) ? nothing : parsed
  const pieces = toPieces(text.slice(start.frozenUnits))
  const budget = new Budget(text.length - start.frozenUnits)
  if (done) {
    const links = definition.test(text) ? linksIn(pieces, budget) : {}
    return { ...start, source: text, blocks: [...start.frozen, ...pieces.flatMap((piece) => pieceBlocks(piece, budget, links))] }
  }
  const settled = settledPieces(pieces)
  const frozen = [...start.frozen, ...settled.flatMap((piece) => pieceBlocks(piece, budget, {}))]
  const frozenUnits = start.frozenUnits + settled.reduce((units, piece) => units + piece.text.length, 0)
  return { source: text, frozenUnits, frozen, blocks: [...frozen, ...pieces.slice(settled.length).flatMap(tail)] }
}

const isPlain = (block: Block): boolean => block.kind === 'plain'

/** The pieces that later text cannot change: all but the last. A fence counts when its line is complete: a backtick in it ends it. */
function settledPieces(pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.at(-1)
  // A piece that has become plain text is not read again.
  if (last?.kind === 'text' && last.text.length > maxPieceUnits) return pieces
  return pieces.slice(0, last?.kind === 'code' && !last.text.includes('\n') ? -2 : -1)
}

/** Link definitions by label, as marked stores them. */
type Links = Lexer['tokens']['links']

function linksIn(pieces: readonly Piece[], budget: Budget): Links {
  const links: Links = {}
  for (const { kind, text } of pieces) {
    if (kind === 'text' && text.length <= maxPieceUnits && definition.test(text)) Object.assign(links, lex(text, budget, {}).links)
  }
  return links
}

function lex(text: string, budget: Budget, links: Links): Lexer['tokens'] {
  const lexer = new BoundedLexer(marked.defaults, budget)
  Object.assign(lexer.tokens.links, links)
  return lexer.lex(text)
}

function pieceBlocks({ kind, text }: Piece, budget: Budget, links: Links, ended = true): Block[] {
  if (kind === 'code') return marked.lexer(text).flatMap((token, index, tokens) => toBlock(token, ended || index < tokens.length - 1))
  if (text.length > maxPieceUnits) return [{ kind: 'plain', text }]
  const tokens = lex(text, budget, links)
  // The budget did not reach for the piece.
  if (tokens[0]?.type === 'text' && tokens[0].raw === text) return [{ kind: 'plain', text }]
  return tokens.flatMap((token, index) => toBlock(token, ended || index < tokens.length - 1))
}

/** Parses an unfinished piece with its open syntax closed, so that no markers flash up. */
function tail(piece: Piece): Block[] {
  const budget = new Budget(piece.text.length, updateSteps)
  if (piece.kind === 'code' || piece.text.length > maxClosedUnits) return pieceBlocks(piece, budget, {}, false)
  const inCode = lex(piece.text, budget, {}).findLast((token) => token.type !== 'space')?.type === 'code'
  const text = inCode ? piece.text : closeSyntax(withoutUnfinishedLines(piece.text))
  return pieceBlocks({ kind: 'text', text }, budget, {}, false)
}

/** Removes a last line that holds only markers, and a table without its delimiter row. */
function withoutUnfinishedLines(text: string): string {
  const half = text.replace(/(^|\n)[ \t]*(?:[#>*+\-_~`=|]+|\d{1,3}[.)]?)[ \t]*$/, '$1')
  // Removes an opening marker that no word follows yet.
  return withoutUnfinishedTable(half.replace(/(^|[\s(])(?:[*_~]{1,3}|`+|!?\[)$/, '$1'))
}

/** Removes the last paragraph if it is a row of cells, and at most the start of a delimiter row. */
function withoutUnfinishedTable(text: string): string {
  const start = `\n${text}`.lastIndexOf('\n\n') + 1
  const [row = '', delimiters = '', ...more] = text.slice(start).split('\n', 3)
  if (more.length > 0 || !row.trimStart().startsWith('|') || !isDelimiters(delimiters)) return text
  return isTable(text.slice(start)) ? text : text.slice(0, start)
}

/** Whether a line has only what a delimiter row can have. */
function isDelimiters(line: string): boolean {
  for (const sign of line) if (!' \t:|-'.includes(sign)) return false
  return true
}

const isTable = (text: string): boolean => lex(text, new Budget(text.length), {}).some((token) => token.type === 'table')

/** Whether the fence of a code block has closed on its last line. */
function isClosed(raw: string, fence: string): boolean {
  const text = raw.trimEnd()
  const newline = text.lastIndexOf('\n')
  return newline >= 0 && closes(text.slice(newline + 1), fence)
}

/** An unfinished closing fence on the last line. */
const halfFence = /(^|\n) {0,3}(?:`+|~+)$/

function toBlock(token: Token, ended: boolean): Block[] {
  if (token.type === 'space' || token.type === 'def') return []
  if (token.type === 'code') {
    const fenced = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1]
    const closed = ended || fenced === undefined || isClosed(token.raw, fenced)
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
