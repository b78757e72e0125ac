/**
 * Parses streamed markdown into blocks. Finished blocks are frozen, and only the last piece is parsed again. So an update costs the same
 * for a long answer as for a short one. The DOM nodes of finished blocks stay. The work for a text is bounded, also for an adversarial one.
 */
import type { Token, Tokens } from 'marked'
import { Budget } from './bounded-lexer.ts'
import { dialect, type LexOptions, type Links, lex, render, renderInline } from './dialect.ts'
import { isDetails } from './html-syntax.ts'
import { definedNotes, isNote, NoteNumbers } from './note-syntax.ts'
import { closes, type Piece, toPieces } from './pieces.ts'
import { sanitize } from './sanitize.ts'
import { closeSyntax } from './unfinished.ts'

export type Block =
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string; readonly closed: boolean }
  /** A list or quotation that contains code. Code becomes a separate block with a copy button. */
  | { readonly kind: 'ol' | 'ul'; readonly start: number; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  /** A part that can be folded. `open`: it starts unfolded. `summary`: HTML. */
  | { readonly kind: 'details'; readonly open: boolean; readonly summary: string; readonly blocks: readonly Block[] }
  /** The definition of a footnote. It is shown at the end of the answer. */
  | { readonly kind: 'note'; readonly label: string; readonly blocks: readonly Block[] }
  /** A piece that is too long to be parsed. */
  | { readonly kind: 'plain'; readonly text: string }

export interface Document {
  readonly source: string
  /** UTF-16 units of `source` that the frozen blocks cover. */
  readonly frozenUnits: number
  readonly frozen: readonly Block[]
  /** Labels of the footnotes to which the frozen blocks refer, in order of their numbers. */
  readonly frozenNotes: readonly string[]
  readonly blocks: readonly Block[]
  /** The same for all blocks. */
  readonly notes: readonly string[]
}

const nothing: Document = { source: '', frozenUnits: 0, frozen: [], frozenNotes: [], blocks: [], notes: [] }

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
  // A definition of a link or footnote at the end can change frozen blocks, and so can the lack of one. A long piece may have been cut.
  const start = done && (definition.test(text) || parsed.frozenNotes.length > 0 || parsed.frozen.some(isPlain)) ? nothing : parsed
  const pieces = toPieces(text.slice(start.frozenUnits))
  const budget = new Budget(text.length - start.frozenUnits)
  if (done) {
    const defined = new Set(pieces.flatMap((piece) => (piece.kind === 'text' ? definedNotes(piece.text) : [])))
    const notes = new NoteNumbers([], defined)
    const links = definition.test(text) ? linksIn(pieces, budget) : {}
    const blocks = [...start.frozen, ...pieces.flatMap((piece) => pieceBlocks(piece, budget, { links, notes }))]
    return { ...start, source: text, blocks, notes: notes.labels }
  }
  const notes = new NoteNumbers(start.frozenNotes, null)
  const settled = settledPieces(pieces)
  const frozen = [...start.frozen, ...settled.flatMap((piece) => pieceBlocks(piece, budget, { notes }))]
  const frozenUnits = start.frozenUnits + settled.reduce((units, piece) => units + piece.text.length, 0)
  const frozenNotes = notes.labels
  const blocks = [...frozen, ...pieces.slice(settled.length).flatMap((piece) => tail(piece, notes))]
  return { source: text, frozenUnits, frozen, frozenNotes, blocks, notes: notes.labels }
}

const isPlain = (block: Block): boolean => block.kind === 'plain'

/** The pieces that later text cannot change: all but the last. A fence counts when its line is complete: a backtick in it ends it. */
function settledPieces(pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.at(-1)
  // A piece that has become plain text is not read again.
  if (last?.kind === 'text' && last.text.length > maxPieceUnits) return pieces
  return pieces.slice(0, last?.kind === 'code' && !last.text.includes('\n') ? -2 : -1)
}

function linksIn(pieces: readonly Piece[], budget: Budget): Links {
  const links: Links = {}
  const notes = new NoteNumbers([], null)
  for (const { kind, text } of pieces) {
    if (kind === 'text' && text.length <= maxPieceUnits && definition.test(text)) Object.assign(links, lex(text, budget, { notes }).links)
  }
  return links
}

function pieceBlocks({ kind, text }: Piece, budget: Budget, options: LexOptions): Block[] {
  const ended = options.unfinished !== true
  if (kind === 'code') return dialect.lexer(text).flatMap((token, index, tokens) => toBlock(token, ended || index < tokens.length - 1))
  if (text.length > maxPieceUnits) return [{ kind: 'plain', text }]
  const tokens = lex(text, budget, options)
  // The budget did not reach for the piece.
  if (tokens[0]?.type === 'text' && tokens[0].raw === text) return [{ kind: 'plain', text }]
  return tokens.flatMap((token, index) => toBlock(token, ended || index < tokens.length - 1))
}

/** Every block of code is indented or fenced. */
const mayHoldCode = /(?: {4}|\t|`{3}|~{3})/

/** Parses an unfinished piece with its open syntax closed, so that no markers flash up. */
function tail(piece: Piece, notes: NoteNumbers): Block[] {
  const budget = new Budget(piece.text.length, updateSteps)
  const options = { notes, unfinished: true }
  if (piece.kind === 'code' || piece.text.length > maxClosedUnits) return pieceBlocks(piece, budget, options)
  const look = (text: string, within = new Budget(text.length)) => lex(text, within, { notes: notes.copy(), unfinished: true })
  const inCode = mayHoldCode.test(piece.text) && look(piece.text, budget).findLast((token) => token.type !== 'space')?.type === 'code'
  const text = inCode ? piece.text : closeSyntax(piece.text, (part) => look(part).some((token) => token.type === 'table'))
  return pieceBlocks({ kind: 'text', text }, budget, options)
}

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
  if (isNote(token)) return [{ kind: 'note', label: token.label, blocks: toBlocksWithin(token.tokens, ended) }]
  if (isDetails(token)) {
    const summary = sanitize(renderInline(token.summary))
    return [{ kind: 'details', open: token.open, summary, blocks: toBlocksWithin(token.tokens, ended) }]
  }
  if (isList(token) && token.items.some(holdsBlocks)) {
    const items = token.items.map((item, index) => toBlocksWithin(item.tokens, ended || index < token.items.length - 1))
    return [{ kind: token.ordered ? 'ol' : 'ul', start: Number(token.start) || 1, items }]
  }
  if (token.type === 'blockquote' && holdsBlocks(token)) return [{ kind: 'quote', blocks: toBlocksWithin(token.tokens ?? [], ended) }]
  return [{ kind: 'html', html: htmlOf(token) }]
}

const isList = (token: Token): token is Tokens.List => token.type === 'list'

/** Whether a token has a part that becomes a block of its own. */
const holdsBlocks = (token: Token): boolean =>
  token.type === 'code' ||
  isDetails(token) ||
  isNote(token) ||
  (isList(token) ? token.items.some(holdsBlocks) : ((('tokens' in token && token.tokens) || []) as Token[]).some(holdsBlocks))

const toBlocksWithin = (tokens: readonly Token[], ended: boolean): Block[] =>
  tokens.flatMap((token, index) => toBlock(token, ended || index < tokens.length - 1))

/** Sanitized HTML by its source. Most unsettled blocks do not change between two updates. */
const recent = new Map<string, string>()
const maxRecent = 16

function htmlOf(token: Token): string {
  const raw = render([token])
  const cached = recent.get(raw)
  const html = cached ?? sanitize(raw)
  recent.delete(raw)
  recent.set(raw, html)
  const [oldest] = recent.keys()
  if (recent.size > maxRecent && oldest !== undefined) recent.delete(oldest)
  return html
}
