/** The markdown of answers: GFM, formulas, footnotes, some HTML, and emphasis beside Chinese, Japanese and Korean. */
import { type Lexer, Marked, type Token } from 'marked'
import cjkFriendly from 'marked-cjk-friendly'
import { BoundedLexer, type Budget } from './bounded-lexer.ts'
import { scanFormulas } from './formula.ts'
import { formulaSyntax } from './formula-syntax.ts'
import { htmlSyntax } from './html-syntax.ts'
import { type NoteNumbers, noteSyntax } from './note-syntax.ts'
import { renderer } from './renderer.ts'

export const dialect = new Marked({ gfm: true, breaks: false, renderer })
dialect.use(cjkFriendly(), {
  extensions: [...formulaSyntax, ...htmlSyntax, ...noteSyntax],
  hooks: {
    /** Signs in a formula are no emphasis. */
    emStrongMask(src) {
      let masked = ''
      for (const { at, raw } of scanFormulas(src).formulas) masked += src.slice(masked.length, at) + 'a'.repeat(raw.length)
      return masked + src.slice(masked.length)
    },
  },
})

/** Link definitions by label, as marked stores them. */
export type Links = Lexer['tokens']['links']

export interface LexOptions {
  readonly links?: Links
  readonly notes: NoteNumbers
  /** More text may follow, so the end of the text closes what is open. */
  readonly unfinished?: boolean
}

/** The tokens of a text, within a budget. */
export function lex(text: string, budget: Budget, { links = {}, notes, unfinished = false }: LexOptions): Lexer['tokens'] {
  const lexer = new BoundedLexer(dialect.defaults, budget, notes, unfinished)
  Object.assign(lexer.tokens.links, links)
  return lexer.lex(text)
}

export const render = (tokens: Token[]): string => dialect.parser(tokens)
export const renderInline = (tokens: Token[]): string => dialect.Parser.parseInline(tokens, dialect.defaults)
