/**
 * Splits markdown where a new top-level block certainly begins (CommonMark 0.31 §5). Parsed alone, each piece gives the same blocks as in
 * the whole text. Takes one step per character. When in doubt it does not split, so a piece can be long.
 */

import { detailsStart } from './html-syntax.ts'

/** `code`: one fenced code block. `text`: anything else. The texts of all pieces are the source. */
export interface Piece {
  readonly kind: 'text' | 'code'
  readonly text: string
}

/** Reads the next line. Returns itself, another state, or null. Null: the line may be split from the next one again. */
type Hold = (line: string) => Hold | null

interface Fence {
  readonly sign: string
  readonly indent: number
}

/** A line that opens a fence at the top level. Backticks must not follow later in the line. */
const openFence = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})/
/** A line that starts or continues a list or quotation. Without its end it may become one. */
const marker = /^ {0,3}(?:>|[-*+](?:[ \t]|$)|\d{1,9}(?:[.)]|$))/
/** A tag at the start of a line. HTML that it starts ends at a blank line. */
const tag = /^ {0,3}<\/?[a-z]/i
/** The start of HTML that ends at a mark, also after blank lines. */
const heldHtml = /^ {0,3}<(?:(script|pre|style|textarea)(?=[\s>]|$)|(!--)|(\?)|(!\[CDATA\[)|(![a-z]))/i
const htmlEnds = [/<\/(?:script|pre|style|textarea)>/i, /-->/, /\?>/, /\]\]>/, />/]

export function toPieces(source: string): Piece[] {
  const pieces: Piece[] = []
  let start = 0
  let kind = 'text' as Piece['kind']
  /** The fence of a `code` piece. */
  let fence = ''
  /** The piece has a list or quotation. */
  let nests = false
  /** Until this line, nothing splits: HTML, or code in a list or quotation. */
  let held: Hold | null = null
  let isFresh = true
  let isAfterBlank = false

  const begin = (at: number, next: Piece['kind']) => {
    if (at > start) pieces.push({ kind, text: source.slice(start, at) })
    start = at
    kind = next
    nests = false
    isFresh = true
    isAfterBlank = false
  }

  for (let from = 0; from < source.length; ) {
    const newline = source.indexOf('\n', from)
    const end = newline < 0 ? source.length : newline
    const line = source.slice(from, end)
    const next = newline < 0 ? source.length : newline + 1
    if (kind === 'code') {
      if (!isFresh && closes(line, fence)) begin(next, 'text')
      else isFresh = false
    } else if (held) {
      held = held(line)
      if (!held && line.trim() === '') isAfterBlank = true
    } else if (line.trim() === '') isAfterBlank = true
    else {
      const opened = fenceOf(line)
      if (opened && (isFresh || !nests || opened.indent <= 1)) {
        begin(from, 'code')
        fence = opened.sign
        isFresh = false
      } else {
        if (isAfterBlank && !isFresh && !/^[ \t]/.test(line) && !marker.test(line)) begin(from, 'text')
        nests ||= marker.test(line)
        held = heldFrom(line, opened, nests)
        isFresh = false
        isAfterBlank = false
      }
    }
    from = next
  }
  begin(source.length, 'text')
  return pieces
}

function fenceOf(line: string): Fence | null {
  const [, indent = '', sign] = openFence.exec(line) ?? []
  return sign === undefined ? null : { sign, indent: indent.length }
}

/** Whether `line` closes the fence `sign`, as marked takes it: the sign, then any signs, then spaces. */
export function closes(line: string, sign: string): boolean {
  const indent = line.length - line.replace(/^ {0,3}/, '').length
  if (!line.startsWith(sign, indent)) return false
  let index = indent + sign.length
  while (line[index] === '`' || line[index] === '~') index += 1
  while (line[index] === ' ') index += 1
  return index === line.length
}

/** What `line` begins that can hold blank lines, or lines that look like fences. Null: nothing. */
function heldFrom(line: string, fence: Fence | null, nests: boolean): Hold | null {
  // A fence of the list item, or one that ends the list.
  if (fence) return whileIndented(fence.indent, (later) => closes(later, fence.sign))
  if (detailsStart.test(line)) return insideDetails(0)(line)
  const html = heldHtml.exec(line)
  const htmlEnd = html && htmlEnds[html.slice(1).findIndex((part) => part !== undefined)]
  if (html && htmlEnd) {
    if (htmlEnd.test(line.slice(html[0].length))) return null
    const ends = (later: string) => htmlEnd.test(later)
    return nests && line.startsWith(' ') ? whileIndented(indentOf(line), ends) : until(ends)
  }
  return tag.test(line) ? insideTag : null
}

/** Spaces at the start of a line; a tab is enough for any list item. */
const indentOf = (line: string): number => {
  const first = /[^ ]/.exec(line)
  return first?.[0] === '\t' ? 8 : (first?.index ?? line.length)
}
/** In doubt to the end of the text. */
const toTheEnd: Hold = () => toTheEnd

const until = (ends: (line: string) => boolean): Hold => {
  const hold: Hold = (line) => (ends(line) ? null : hold)
  return hold
}

/** A line with less indentation may end what a list item holds, and ends nothing at the top level. */
const whileIndented = (indent: number, ends: (line: string) => boolean): Hold => {
  const hold: Hold = (line) => {
    if (line.trim() === '') return hold
    if (indentOf(line) < indent) return toTheEnd
    return ends(line) ? null : hold
  }
  return hold
}

/** A foldable block, which holds blank lines and blocks. `depth`: how many are open. */
const insideDetails =
  (depth: number): Hold =>
  (line) => {
    const left = depth + count(line, /<details\b/gi) - count(line, /<\/details>/gi)
    return left > 0 ? insideDetails(left) : null
  }

const count = (line: string, pattern: RegExp): number => line.match(pattern)?.length ?? 0

/** HTML, or a paragraph that goes on. A blank line ends both, unless something began that may hold blank lines. */
const insideTag: Hold = (line) => {
  if (fenceOf(line) || heldHtml.test(line)) return toTheEnd
  return line.trim() === '' ? null : insideTag
}
