/** The kinds of variables, and their parsing. Pure. */
import { OwnError } from '../log/error.ts'
import { fail, ok, type Result } from '../result.ts'

/** A Worker that is deployed by itself. */
export type Deployable = 'gateway' | 'state' | 'conversation' | 'tools' | 'connectors' | 'background'
/** A command: `npm start` or `npm run NAME`. */
export type Command =
  | 'start'
  | 'generate'
  | 'test:browser'
  | 'backup'
  | 'restore'
  | 'policy'
  | 'constitution'
  | 'verify-audit'
  | 'replay'
  | 'scanner'
  | 'soma'

/** All deployables. */
export const allDeployables = [
  'gateway',
  'state',
  'conversation',
  'tools',
  'connectors',
  'background',
] as const satisfies readonly Deployable[]

interface Declaration {
  /** The default text. Empty: none. */
  readonly default: string
  /** Which Workers and commands read it. `npm start` also passes on what its Workers read. */
  readonly readBy: readonly (Deployable | Command)[]
  /** A secret is never quoted. It is set with `wrangler secret put`. */
  readonly secret?: boolean
  /** The empty text is a separate value. Otherwise it means that the variable is not set. */
  readonly emptyIsValue?: boolean
  /**
   * What a Worker does with a wrong value, after one line in its log.
   * `refuse`: reading throws. `default`: the default applies. `unavailable`: the address is treated as an unavailable server.
   * Absent if every text is valid.
   */
  readonly ifWrong?: 'refuse' | 'default' | 'unavailable'
  /** The effect of the variable, in one or two sentences. */
  readonly description: string
}

/** One variable. `json` and `text` values are checked further where they are used. */
export type Variable = Declaration &
  (
    | { readonly kind: 'text'; readonly form?: { readonly pattern: RegExp; readonly expected: string } }
    | { readonly kind: 'url'; readonly protocols: readonly string[] }
    /** Web origins (RFC 6454 §6.2), `http` or `https`. `single`: at most one. */
    | { readonly kind: 'origins'; readonly single?: true }
    | { readonly kind: 'json'; readonly expected: string }
    | { readonly kind: 'integer'; readonly unit?: string; readonly min: number; readonly max?: number }
    | { readonly kind: 'flag' }
    | { readonly kind: 'choice'; readonly values: readonly string[] }
    | { readonly kind: 'list'; readonly values: readonly string[] }
  )

/** The value of a variable. Text that is not set is `''`; an integer that is not set is null. */
export type ValueOf<V extends Variable> = V extends { readonly kind: 'integer' }
  ? V extends { readonly default: '' } | { readonly emptyIsValue: true }
    ? number | null
    : number
  : V extends { readonly kind: 'flag' }
    ? boolean
    : V extends { readonly kind: 'origins' }
      ? readonly string[]
      : V extends { readonly kind: 'choice'; readonly values: readonly (infer C)[] }
        ? C | ''
        : V extends { readonly kind: 'list'; readonly values: readonly (infer C)[] }
          ? readonly C[]
          : string

/** A wrong value. The message names the variable and the expected form, and never the value. */
export class InvalidVariable extends OwnError {
  override readonly name = 'InvalidVariable'
  /** The variable, for logs. */
  readonly code: string
  readonly expected: string
  constructor(variable: string, expected: string) {
    super(`${variable} must be ${expected}.`)
    this.code = variable
    this.expected = expected
  }
}

type Value = string | number | boolean | null | readonly string[]

/** The expected form of a wrong value, and the value that replaces it. */
export interface WrongValue {
  readonly expected: string
  readonly replacement: Value
}

/** Parses `raw`. `undefined` and, for most variables, the empty text mean the default. */
export function parseVariable(variable: Variable, raw: string | undefined): Result<Value, WrongValue> {
  // A secret store adds a line break easily. No variable means one.
  const text = raw?.trim()
  const isSet = text !== undefined && (text !== '' || variable.emptyIsValue === true)
  const value = parseText(variable, isSet ? text : variable.default)
  if (value !== undefined) return ok(value)
  return fail({ expected: expectedOf(variable), replacement: replacementOf(variable, text ?? '') })
}

/** The expected form of a value. The text follows "must be". */
export function expectedOf(variable: Variable): string {
  const quotedList = (values: readonly string[]) => values.map((value) => `"${value}"`).join(', ')
  switch (variable.kind) {
    case 'text':
      return variable.form?.expected ?? 'text'
    case 'url':
      return `an address that begins with ${variable.protocols.map((protocol) => `${protocol}://`).join(' or ')}`
    case 'origins':
      return variable.single
        ? 'an origin without a path, such as https://chat.example.com'
        : 'origins without a path, such as https://chat.example.com, with spaces or commas between them'
    case 'json':
      return `JSON: ${variable.expected}`
    case 'integer': {
      const { unit, min, max } = variable
      return `a number${unit ? ` of ${unit}` : ''}${max === undefined ? `, ${min} or more` : ` from ${min} to ${max}`}`
    }
    case 'flag':
      return '"true", "false" or empty'
    case 'choice':
      return `${quotedList(variable.values)} or empty`
    case 'list':
      return `names out of ${quotedList(variable.values)}, with spaces or commas between them`
  }
}

/** Parses `text`; undefined: invalid. */
function parseText(variable: Variable, text: string): Value | undefined {
  switch (variable.kind) {
    case 'text':
      return text === '' || !variable.form || variable.form.pattern.test(text) ? text : undefined
    case 'url':
      return text === '' || isAddress(text, variable.protocols) ? text : undefined
    case 'origins': {
      const origins = namesIn(text).map(originOf)
      const valid = origins.every((origin) => origin !== undefined) && (!variable.single || origins.length <= 1)
      return valid ? [...new Set(origins)] : undefined
    }
    case 'json':
      return text === '' || isJson(text) ? text : undefined
    case 'integer': {
      if (text === '') return null
      const { min, max = Number.MAX_SAFE_INTEGER } = variable
      return /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined
    }
    case 'flag':
      return text === 'true' ? true : text === 'false' || text === '' ? false : undefined
    case 'choice':
      return text === '' || variable.values.includes(text) ? text : undefined
    case 'list': {
      const names = namesIn(text)
      return names.every((name) => variable.values.includes(name)) ? names : undefined
    }
  }
}

/** The value that replaces a wrong `text`: for a list, its known names. */
function replacementOf(variable: Variable, text: string): Value {
  if (variable.kind === 'list') return namesIn(text).filter((name) => variable.values.includes(name))
  return variable.ifWrong === 'unavailable' ? text : (parseText(variable, variable.default) ?? null)
}

const namesIn = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))]

const isAddress = (text: string, protocols: readonly string[]): boolean =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1))

/** `text` as an origin, with or without a final slash. Undefined: `text` is not only an origin. */
function originOf(text: string): string | undefined {
  if (!isAddress(text, ['http', 'https'])) return undefined
  const { origin } = new URL(text)
  return /^https?:\/\/[^/?#@\\]+\/?$/i.test(text) ? origin : undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
