/**
 * Evaluates arithmetic as people type it: `+ - * / % ^`, parentheses, decimals, percentages, thousands separators. Pure. `a + b%` adds that
 * share of `a`, as pocket calculators do. `%` before a number is the remainder.
 */
import { fail, ok, type Result } from '../../result.ts'
import type { Rational } from './rational.ts'
import * as fraction from './rational.ts'
import { shorten } from './words.ts'

/** Limits: characters of an expression, its nesting depth, and the binary digits of its numbers. */
const expressionLimits = { length: 1_000, depth: 60, bits: 4_096 } as const

/** Why there is no answer, as a sentence. `evaluateExpression` catches it. */
class NoAnswer extends Error {}

interface Quantity {
  readonly exact: Rational
  /** The result of a fractional power is approximate. */
  readonly isApproximate: boolean
  /** The operand was written with `%`. */
  readonly isPercent: boolean
}

type Token = { readonly kind: 'number'; readonly value: Rational } | { readonly kind: 'operator'; readonly operator: string }

/** Operator precedence. Unary minus is between `*` and `^`: -2^2 is -4. */
const precedence: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, mod: 2, of: 2, '^': 4 }
const unaryPrecedence = 3

/** The value of `expression` as a decimal, or why it has none, as a sentence. */
export function evaluateExpression(expression: string): Result<{ readonly text: string; readonly exact: boolean }, string> {
  try {
    if (expression.length > expressionLimits.length)
      throw new NoAnswer(`I calculate expressions of up to ${expressionLimits.length} characters.`)
    const parser = new Parser(tokenize(expression))
    const value = parser.parse()
    return ok(fraction.toDecimal(value.exact, value.isApproximate))
  } catch (error) {
    if (error instanceof NoAnswer) return fail(error.message)
    throw error
  }
}

function tokenize(expression: string): Token[] {
  const pattern = /\s*(?:((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[+-]?\d{1,3}(?!\d))?|\.\d+)|(mod|of)\b|([-+*/^%()]))/iy
  const result: Token[] = []
  const end = expression.trimEnd().length
  while (pattern.lastIndex < end) {
    const position = pattern.lastIndex
    const match = pattern.exec(expression)
    if (match === null) throw new NoAnswer(unreadable(expression.slice(position).trim()))
    const [, number, word, operator] = match
    if (number !== undefined) result.push({ kind: 'number', value: checkSize(fraction.parseDecimal(number.replaceAll(',', ''))) })
    else result.push({ kind: 'operator', operator: word?.toLowerCase() ?? operator ?? '' })
  }
  return result
}

function unreadable(rest: string): string {
  if (rest.startsWith(',')) return 'I read a comma as a thousands separator (1,234,567); please write decimals with a point, as in 3.5.'
  return `I could not read the expression from “${rest.slice(0, 20)}” on.`
}

function checkSize(value: Rational): Rational {
  if (fraction.bitLength(value) > expressionLimits.bits) throw new NoAnswer('That number has more digits than I am willing to write.')
  return value
}

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Quantity {
    const value = this.#expression(0)
    const rest = this.#tokens[this.#next]
    if (rest !== undefined)
      throw new NoAnswer(
        rest.kind === 'number' ? 'An operator is missing between two numbers.' : `I did not expect “${rest.operator}” there.`,
      )
    return value
  }

  #expression(minPrecedence: number): Quantity {
    if (++this.#depth > expressionLimits.depth) throw new NoAnswer(`The expression is nested more than ${expressionLimits.depth} deep.`)
    let left = this.#operand()
    for (let operator = this.#operator(); operator !== undefined; operator = this.#operator()) {
      const bindingPower = precedence[operator]
      if (bindingPower === undefined || bindingPower <= minPrecedence) break
      this.#next++
      // `^` is right-associative.
      left = apply(operator, left, this.#expression(operator === '^' ? bindingPower - 1 : bindingPower))
    }
    this.#depth--
    return left
  }

  #operand(): Quantity {
    const token = this.#tokens[this.#next++]
    if (token === undefined) throw new NoAnswer('The expression ends where a number should be.')
    if (token.kind === 'number') return this.#percent({ exact: token.value, isApproximate: false, isPercent: false })
    if (token.operator === '(') {
      const inner = this.#expression(0)
      if (this.#operator() !== ')') throw new NoAnswer('A closing parenthesis is missing.')
      this.#next++
      return this.#percent({ ...inner, isPercent: false })
    }
    if (token.operator === '-' || token.operator === '+') {
      const operand = this.#expression(unaryPrecedence)
      return token.operator === '-' ? { ...operand, exact: fraction.negate(operand.exact) } : operand
    }
    throw new NoAnswer(`I did not expect “${token.operator}” there.`)
  }

  /** A `%` after an operand is a percentage, unless an operand follows: then it is the remainder. */
  #percent(value: Quantity): Quantity {
    if (this.#tokens[this.#next]?.kind !== 'operator' || this.#operator() !== 'percent') return value
    this.#next++
    return { ...value, exact: fraction.divide(value.exact, fraction.rational(100n)), isPercent: true }
  }

  /** The next operator. `%` becomes `percent` or `mod`. */
  #operator(): string | undefined {
    const token = this.#tokens[this.#next]
    if (token?.kind !== 'operator') return undefined
    if (token.operator !== '%') return token.operator
    const after = this.#tokens[this.#next + 1]
    return after?.kind === 'number' || (after?.kind === 'operator' && after.operator === '(') ? 'mod' : 'percent'
  }
}

function apply(operator: string, left: Quantity, right: Quantity): Quantity {
  const isApproximate = left.isApproximate || right.isApproximate
  const value = (exact: Rational): Quantity => ({ exact: checkSize(exact), isApproximate: isApproximate, isPercent: false })
  const { exact: a } = left
  const b = right.isPercent && !left.isPercent && (operator === '+' || operator === '-') ? fraction.multiply(a, right.exact) : right.exact
  switch (operator) {
    case '+':
      return value(fraction.add(a, b))
    case '-':
      return value(fraction.add(a, fraction.negate(b)))
    case '*':
    case 'of':
      return value(fraction.multiply(a, b))
    case '/':
      if (b.n === 0n) throw new NoAnswer('Nothing can be divided by zero, so this has no answer.')
      return value(fraction.divide(a, b))
    case 'mod':
      if (b.n === 0n) throw new NoAnswer('There is no remainder of a division by zero, so this has no answer.')
      return value(fraction.remainder(a, b))
    default:
      return raise(a, b, isApproximate)
  }
}

function raise(base: Rational, exponent: Rational, isApproximate: boolean): Quantity {
  if (base.n === 0n && exponent.n < 0n) throw new NoAnswer('Zero to a negative power would divide by zero, so this has no answer.')
  if (exponent.d === 1n) {
    const magnitude = exponent.n < 0n ? -exponent.n : exponent.n
    const isUnit = base.d === 1n && (base.n === 0n || base.n === 1n || base.n === -1n)
    if (isUnit)
      return {
        exact: base.n === -1n && exponent.n % 2n === 0n ? fraction.rational(1n) : exponent.n === 0n ? fraction.rational(1n) : base,
        isApproximate: isApproximate,
        isPercent: false,
      }
    if (magnitude > BigInt(expressionLimits.bits) || Number(magnitude) * (fraction.bitLength(base) - 4) > expressionLimits.bits)
      checkSize({ n: 1n << BigInt(expressionLimits.bits + 8), d: 1n })
    return { exact: checkSize(fraction.power(base, exponent.n)), isApproximate: isApproximate, isPercent: false }
  }
  if (base.n < 0n) throw new NoAnswer('A fractional power of a negative number is not a real number, so I have no answer.')
  const root = toRational(fraction.toNumber(base) ** fraction.toNumber(exponent))
  // 9^0.5 is exactly 3.
  const rounded = fraction.rational(BigInt(Math.round(fraction.toNumber(root))))
  if (
    exponent.d <= 64n &&
    exponent.n > 0n &&
    exponent.n <= 64n &&
    fraction.bitLength(rounded) * Number(exponent.d) < expressionLimits.bits
  ) {
    const isExact = areEqual(fraction.power(rounded, exponent.d), fraction.power(base, exponent.n))
    if (isExact) return { exact: rounded, isApproximate: isApproximate, isPercent: false }
  }
  return { exact: root, isApproximate: true, isPercent: false }
}

const areEqual = (a: Rational, b: Rational): boolean => a.n === b.n && a.d === b.d

function toRational(number: number): Rational {
  if (!Number.isFinite(number)) throw new NoAnswer('That number has more digits than I am willing to write.')
  return checkSize(fraction.parseDecimal(number.toString()))
}

/** Phrases before and after an expression. */
const questionPhrase = String.raw`(?:what(?:['’]?s|\s+is|\s+are|\s+does)|how\s+much\s+(?:is|are|does)|calculate|compute|evaluate|work\s+out|solve)`
const leadingPhrases = new RegExp(
  String.raw`^(?:(?:please|hey|hi|hello|okay|ok|so|and|now|then|can\s+you|could\s+you|tell\s+me|the\s+(?:result|value|sum|product)\s+of|${questionPhrase})[\s,:]+)+`,
  'i',
)
const embedded = new RegExp(String.raw`\b${questionPhrase}\s+((?:[-+(]\s*)*\d[\d\s.,e%()*/^+-]*(?:(?:mod|of)\b[\d\s.,e%()*/^+-]*)*)`, 'i')

/** `text` without polite phrases and punctuation at its end. */
function withoutClosing(text: string): string {
  const shorter = text.trimEnd().replace(/(?:[=?.!,]|\b(?:please|for me|thanks|thank you|equals?))$/i, '')
  return shorter.length === text.length ? text : withoutClosing(shorter)
}

/** Spellings of the operators. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/\*\*/g, '^'],
  [/[×·⋅∙]|(?<=[\d)%]\s?)x(?=\s?[\d(.-])/giu, '*'],
  [/÷/g, '/'],
  [/[−–]/g, '-'],
  [/(?<=\d)\s*(?:percent|per\s+cent)\b/gi, '%'],
  [/\bto the power of\b/gi, '^'],
  [/(?<=[\d)])\s+squared\b/gi, '^2'],
  [/(?<=[\d)])\s+cubed\b/gi, '^3'],
  [/(?<=[\d)%]\s?)\bplus\b/gi, '+'],
  [/(?<=[\d)%]\s?)\bminus\b/gi, '-'],
  [/(?<=[\d)%]\s?)\b(?:times|multiplied by)\b/gi, '*'],
  [/(?<=[\d)%]\s?)\b(?:divided by|over)\b/gi, '/'],
  [/(?<=[\d)%]\s?)\bmodulo\b/gi, 'mod'],
  [/[$€£¥](?=\s*[\d.])/g, ''],
]

const onlyArithmetic = /^(?:[\d\s.,+\-*/^%()]|e(?=[+-]?\d)|mod\b|of\b)+$/i
const hasOperation = /[\d)%]\s*(?:[-+*/^%]|mod\b|of\b)/i

/** The expression that a message asks about; `undefined` if none. */
export function expressionIn(message: string): string | undefined {
  if (message.length > 4 * expressionLimits.length) return undefined
  const normalized = spellings.reduce((text, [spelling, sign]) => text.replace(spelling, sign), message.trim())
  const trimmed = withoutClosing(normalized.replace(leadingPhrases, '').slice(0, expressionLimits.length + 100))
  if (onlyArithmetic.test(trimmed) && hasOperation.test(trimmed)) return trimmed.trim()
  const embeddedExpression = embedded.exec(normalized)?.[1]
  return embeddedExpression !== undefined && hasOperation.test(embeddedExpression)
    ? withoutClosing(embeddedExpression).replace(/[\s,.(*/^+-]{1,9}$/, '')
    : undefined
}

/** The answer to an arithmetic question; `undefined` for any other message. */
export function arithmetic(message: string): string | undefined {
  const expression = expressionIn(message)
  if (expression === undefined) return undefined
  const compact = expression.replace(/\s+/g, ' ')
  const result = evaluateExpression(expression)
  if (!result.ok) return `${result.error}\n\nI read: \`${shorten(compact, 80)}\``
  const { text, exact } = result.value
  const grouped = text.replace(/^(-?)(\d{5,})/, (_, sign, whole) => sign + whole.replace(/\B(?=(?:\d{3})+$)/g, ','))
  return `\`${compact}\` ${exact ? '=' : '≈'} **${text}**${grouped === text ? '' : ` (${grouped})`}`
}
