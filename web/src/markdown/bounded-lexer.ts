/**
 * marked's lexer within a budget. Its work grows with the square of a block's length for many texts, such as `_a_b_a_b`. So each list of
 * blocks and each inline text pays its highest cost before it is parsed. A text that cannot pay stays plain.
 */
import { Lexer, type MarkedOptions, type Token, type TokensList } from 'marked'
import type { NoteNumbers } from './note-syntax.ts'

/** Nested blocks or inline marks. Deeper ones are plain text: marked recurses for each. */
const maxDepth = 24
/** The price of a sign in an inline text relative to a line of a block, as measured. */
const signPrice = 3

/** Steps of the lexer. One takes some nanoseconds. */
export class Budget {
  #left: number

  /** `units`: UTF-16 units of the text. Prose takes some 50 steps for each. */
  constructor(units: number, base = 20_000_000) {
    this.#left = base + 100 * units
  }

  /** False: too few steps are left. Then none are taken. */
  spend(steps: number): boolean {
    if (steps > this.#left) return false
    this.#left -= steps
    return true
  }
}

export class BoundedLexer extends Lexer {
  /** The numbers of footnotes. */
  readonly notes: NoteNumbers
  /** More text may follow. */
  readonly unfinished: boolean
  readonly #budget: Budget
  #depth = 0

  constructor(options: MarkedOptions, budget: Budget, notes: NoteNumbers, unfinished: boolean) {
    super(options)
    this.#budget = budget
    this.notes = notes
    this.unfinished = unfinished
  }

  override blockTokens(src: string, tokens?: Token[], lastParagraphClipped?: boolean): Token[]
  override blockTokens(src: string, tokens?: TokensList, lastParagraphClipped?: boolean): TokensList
  override blockTokens(src: string, tokens: Token[] = [], lastParagraphClipped = false): Token[] {
    return this.#within(src, tokens, src.length * count(src, isLineEnd), () => super.blockTokens(src, tokens, lastParagraphClipped))
  }

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    return this.#within(src, tokens, signPrice * src.length * count(src, isSign), () => super.inlineTokens(src, tokens))
  }

  #within<T extends Token[]>(src: string, tokens: T, steps: number, lex: () => T): T {
    if (this.#depth >= maxDepth || !this.#budget.spend(steps)) {
      if (src !== '') tokens.push({ type: 'text', raw: src, text: src, escaped: false })
      return tokens
    }
    this.#depth += 1
    try {
      return lex()
    } finally {
      this.#depth -= 1
    }
  }
}

const isLineEnd = (code: number): boolean => code === 10
/** ASCII punctuation: every mark of an inline text is one. */
const isSign = (code: number): boolean =>
  (code > 32 && code < 48) || (code > 57 && code < 65) || (code > 90 && code < 97) || (code > 122 && code < 127)

/** One more than the number of units for which `matches` holds. */
function count(text: string, matches: (code: number) => boolean): number {
  let found = 1
  for (let index = 0; index < text.length; index += 1) if (matches(text.charCodeAt(index))) found += 1
  return found
}
