/**
 * Runs inside the engine: removes the types of a program. Lines stay where they are.
 * What has a value and no JavaScript form is refused with its place, because dropping it would change the program.
 */
import { transform } from 'sucrase'
import { parse, type Token } from 'sucrase/dist/esm/parser/index.js'

/** The program without types, or why it has none. */
export type Stripped =
  | { readonly code: string }
  | { readonly refusal: { readonly message: string; readonly line: number; readonly column: number } }

/** `code` without types, as JSON text of `Stripped`. */
export function strip(code: string): string {
  return JSON.stringify(stripped(code))
}

function stripped(code: string): Stripped {
  try {
    const refused = findRefused(code, parse(code, false, true, false).tokens)
    if (refused) return { refusal: { message: refused.message, ...place(code, refused.at) } }
    return { code: transform(code, { transforms: ['typescript'], disableESTransforms: true, preserveDynamicImport: true }).code }
  } catch (error) {
    const { message, pos } = error as Error & { readonly pos?: number }
    return { refusal: { message: `The program cannot be read: ${message.replace(/ \(\d+:\d+\)$/, '')}.`, ...place(code, pos ?? 0) } }
  }
}

interface Refused {
  readonly at: number
  readonly message: string
}

/** A rule about up to three tokens in a row. */
interface Form {
  readonly matches: (token: string, next: string, afterNext: string) => boolean
  /** Tokens before it that make it a declaration without a value. */
  readonly unlessAfter?: string
  readonly message: string
}

const isName = (token: string): boolean => /^[\p{ID_Start}$_]/u.test(token)

const forms: readonly Form[] = [
  {
    matches: (token, next, afterNext) =>
      (token === 'namespace' || token === 'module') && isName(next) && (afterNext === '{' || afterNext === '.'),
    unlessAfter: 'declare',
    message: 'Namespaces are not supported. Use an object, or functions at the top level.',
  },
  {
    matches: (token, next, afterNext) => token === 'import' && isName(next) && afterNext === '=',
    message: '`import … =` is not supported. A program cannot load modules.',
  },
  {
    matches: (token, next) => token === 'export' && next === '=',
    message: '`export =` is not supported. The value of the last expression is the result.',
  },
  { matches: (token) => token === '@', message: 'Decorators are not supported. Call the function instead.' },
]

function findRefused(code: string, tokens: readonly Token[]): Refused | null {
  const textAt = (index: number): string => {
    const token = tokens[index]
    return token === undefined ? '' : code.slice(token.start, token.end)
  }
  for (const [index, { start }] of tokens.entries()) {
    const form = forms.find(({ matches }) => matches(textAt(index), textAt(index + 1), textAt(index + 2)))
    if (form && (form.unlessAfter === undefined || textAt(index - 1) !== form.unlessAfter)) return { at: start, message: form.message }
  }
  return null
}

/** The place of an offset, counted from 1. */
function place(code: string, offset: number): { line: number; column: number } {
  const before = code.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}
