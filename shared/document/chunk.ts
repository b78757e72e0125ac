/** Cuts the text of a document into chunks along its structure: headings, then paragraphs, then lines, sentences and words. Pure. */
import { cutText } from '../lib/cut-text.ts'

/** A part of a document. The chunks of a document together have all of its text. */
export interface Chunk {
  /** The position in the document, from 0. */
  readonly index: number
  /** The headings above it, the outermost first. Empty: none. */
  readonly headings: readonly string[]
  readonly text: string
}

/** UTF-16 units of a chunk: some 400 tokens. */
export const chunkUnits = 1_600
/** UTF-16 units of one heading that a chunk names. */
const headingUnits = 200

/** Where a text that is too long is cut: the best place first. Each keeps its separator with the text before it. */
const separators = [/(?<=\n\n)/, /(?<=\n)/, /(?<=[.!?\u3002] ?)(?=\S)/, /(?<=\s)/]

/** `text` in pieces of at most `units`, cut at the best places. */
function pieces(text: string, units: number, level = 0): string[] {
  if (text.length <= units) return [text]
  const separator = separators[level]
  if (separator === undefined) {
    const parts: string[] = []
    for (let rest = text; rest !== ''; ) {
      const part = cutText(rest, units)
      parts.push(part)
      rest = rest.slice(part.length)
    }
    return parts
  }
  const joined: string[] = []
  let open = ''
  for (const part of text.split(separator)) {
    if (part.length > units) {
      // With what stands before it, such as a heading.
      const cut = pieces(open + part, units, level + 1)
      open = cut.pop() ?? ''
      joined.push(...cut)
    } else if (open.length + part.length > units) {
      joined.push(open)
      open = part
    } else open += part
  }
  return open === '' ? joined : [...joined, open]
}

/** A heading of Markdown, outside of code. */
const heading = /^ {0,3}(#{1,6})[ \t]+(.*)$/

/** The sections of a text: what stands below each heading, with the heading's own line. */
function sections(text: string): { headings: string[]; text: string }[] {
  const found: { headings: string[]; lines: string[] }[] = [{ headings: [], lines: [] }]
  const open: { depth: number; name: string }[] = []
  let isCode = false
  for (const line of text.split('\n')) {
    if (/^ {0,3}(```|~~~)/.test(line)) isCode = !isCode
    const [, marks = '', name = ''] = (isCode ? null : heading.exec(line)) ?? []
    if (marks !== '') {
      while ((open.at(-1)?.depth ?? 0) >= marks.length) open.pop()
      open.push({ depth: marks.length, name: cutText(name.replace(/[ \t]+#+[ \t]*$/, '').trim(), headingUnits) })
      found.push({ headings: open.map((above) => above.name), lines: [] })
    }
    found.at(-1)?.lines.push(line)
  }
  return found.map(({ headings, lines }) => ({ headings, text: lines.join('\n').trim() }))
}

/** The chunks of a text, in its order. A chunk belongs to one section. */
export function chunkText(text: string, units = chunkUnits): Chunk[] {
  return sections(text)
    .flatMap(({ headings, text: section }) => pieces(section, units).map((piece) => ({ headings, text: piece.trim() })))
    .filter((chunk) => chunk.text !== '')
    .map((chunk, index) => ({ index, ...chunk }))
}
