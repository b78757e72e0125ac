/** Splits a user's message into text and fenced code. */
import { closes, toPieces } from './pieces.ts'

export type MessagePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }

/** The parts of a message. A fence that does not close is text. */
export function messageParts(source: string): MessagePart[] {
  const parts: MessagePart[] = []
  const addText = (text: string) => {
    const last = parts.at(-1)
    if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + text }
    else if (text !== '') parts.push({ kind: 'text', text })
  }
  for (const piece of toPieces(source.replace(/\r\n?/g, '\n'))) {
    const code = piece.kind === 'code' ? codeIn(piece.text) : null
    if (code) parts.push({ kind: 'code', ...code })
    else addText(piece.text)
  }
  // The block has a margin, so the line ends beside it go.
  return parts.flatMap((part, index): MessagePart[] => {
    if (part.kind === 'code') return [part]
    let { text } = part
    if (index > 0) text = text.replace(/^(?:[ \t]*\n)+/, '')
    if (index < parts.length - 1) text = text.trimEnd()
    return text === '' ? [] : [{ kind: 'text', text }]
  })
}

/** The code of a fenced block, without the indentation of its fence. Null: the fence does not close. */
function codeIn(piece: string): { readonly language: string; readonly text: string } | null {
  const lines = piece.replace(/\n$/, '').split('\n')
  const [, indent = '', sign, info = ''] = /^( {0,3})(`{3,}|~{3,})[ \t]*(.*)$/.exec(lines[0] ?? '') ?? []
  if (sign === undefined || lines.length < 2 || !closes(lines.at(-1) ?? '', sign)) return null
  const text = lines
    .slice(1, -1)
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
    .join('\n')
  return { language: info.trim().split(/\s/)[0] ?? '', text }
}
