/** Footnotes as GitHub writes them: `[^label]` refers to a definition `[^label]: text`. */
import type { Token, TokenizerAndRendererExtension, Tokens } from 'marked'
import { markdown } from '../strings/markdown.ts'
import { paragraphEnd } from './paragraph-end.ts'

const label = String.raw`\[\^([^\s[\]^\`]{1,60})\]`
const reference = new RegExp(`^${label}(?!\\()`)
const definition = new RegExp(`^ {0,3}${label}:[ \\t]*`)
const definitions = new RegExp(`^ {0,3}${label}:`, 'gm')
/** What ends the text of a definition: a heading, a fence or another definition. */
const interruption = new RegExp(`^ {0,3}(?:#{1,6}[ \\t]|\`{3}|~{3}|${label}:)`)

export const noteKey = (name: string): string => name.toLowerCase()

/** The labels that a text defines. */
export const definedNotes = (text: string): string[] => Array.from(text.matchAll(definitions), ([, name = '']) => noteKey(name))

/** Numbers notes by their first reference. */
export class NoteNumbers {
  readonly #labels: string[]
  readonly #defined: ReadonlySet<string> | null

  /** `labels`: the notes with a number, in order. `defined`: the notes with a definition. Null: every note gets a number. */
  constructor(labels: readonly string[], defined: ReadonlySet<string> | null) {
    this.#labels = [...labels]
    this.#defined = defined
  }

  get labels(): readonly string[] {
    return [...this.#labels]
  }

  /** The number of a note, from 1. Null: it has no definition. */
  numberOf(key: string): number | null {
    if (this.#defined?.has(key) === false) return null
    const index = this.#labels.indexOf(key)
    return index < 0 ? this.#labels.push(key) : index + 1
  }

  /** Numbers that later references do not change. */
  copy(): NoteNumbers {
    return new NoteNumbers(this.#labels, this.#defined)
  }
}

const noteReference: TokenizerAndRendererExtension = {
  name: 'noteReference',
  level: 'inline',
  start: (src) => src.indexOf('[^'),
  tokenizer(src) {
    const [raw, name] = reference.exec(src) ?? []
    if (raw === undefined || name === undefined || !('notes' in this.lexer && this.lexer.notes instanceof NoteNumbers)) return
    const number = this.lexer.notes.numberOf(noteKey(name))
    return number === null ? undefined : { type: 'noteReference', raw, number }
  },
  renderer: ({ number }: Tokens.Generic) =>
    `<sup class="note-reference"><a href="#note-${number}" data-note="${number}" aria-label="${markdown.footnote({ number })}">${number}</a></sup>`,
}

export interface NoteToken extends Tokens.Generic {
  readonly type: 'note'
  readonly label: string
  tokens: Token[]
}

export const isNote = (token: Token): token is NoteToken => token.type === 'note'

const note: TokenizerAndRendererExtension = {
  name: 'note',
  level: 'block',
  start: (src) => paragraphEnd(src, new RegExp(`\\n {0,3}${label}:`).exec(src)?.index),
  tokenizer(src) {
    const [start, name] = definition.exec(src) ?? []
    if (start === undefined || name === undefined) return
    const raw = src.slice(0, endOf(src, start.length))
    const content = raw.slice(start.length).replace(/^(?: {1,4}|\t)/gm, '')
    return { type: 'note', raw, label: noteKey(name), tokens: this.lexer.blockTokens(content, []) }
  },
  renderer({ tokens }: Tokens.Generic) {
    return this.parser.parse(tokens ?? [])
  },
}

/** Where a definition ends. Lines after a blank one belong to it when they are indented. */
function endOf(src: string, start: number): number {
  let end = src.indexOf('\n', start)
  let isAfterBlank = false
  while (end >= 0 && end + 1 < src.length) {
    const newline = src.indexOf('\n', end + 1)
    const line = src.slice(end + 1, newline < 0 ? src.length : newline)
    const isBlank = line.trim() === ''
    if (!isBlank && (isAfterBlank ? !/^(?: {2}|\t)/.test(line) : interruption.test(line))) return end + 1
    isAfterBlank = isBlank
    end = newline
  }
  return src.length
}

export const noteSyntax = [noteReference, note]
