/** Masks secrets for display: enough to distinguish two, never enough to use one. Pure. */
import { escapeStep } from '../lib/json-pointer.ts'

/** Shortest secret of which a part is shown: its last four characters are then at most a quarter. */
const minUnits = 16

const visibleEnd = 4

const hidden = '…'

/** A prefix that providers give their keys: `sk-`, `sk-ant-`, `ghp_`. */
const prefixPattern = /^[A-Za-z]{1,4}[-_](?:[A-Za-z]{1,4}[-_])?/

/** `sk-…4f2a`. A short secret shows nothing, and an empty one is ''. */
export function mask(secret: string): string {
  if (secret === '') return ''
  const characters = [...secret]
  if (characters.length < minUnits) return hidden
  const prefix = prefixPattern.exec(secret)?.[0] ?? ''
  const rest = characters.length - prefix.length
  return `${prefix}${hidden}${rest >= minUnits - visibleEnd ? characters.slice(-visibleEnd).join('') : ''}`
}

/** One changed setting. A missing value is absent. */
export interface MaskedDifference {
  /** A JSON pointer (RFC 6901). */
  readonly pointer: string
  readonly before?: unknown
  readonly after?: unknown
}

/** Names of secret settings: `api_key`, `apiKey`, `client_secret`, `password`, `tokens` … */
const secretName = /secret|token|passw|passphrase|credential|authorization|cookie|private|(?:^|[._-]|api)keys?$/i
const secretCamelName = /[a-z]Keys?$/

/** Whether the setting at `pointer` is a secret, by the names in the path. */
export const looksSecret = (pointer: string): boolean =>
  pointer.split('/').some((name) => secretName.test(name) || secretCamelName.test(name))

type Fields = { readonly [name: string]: unknown }

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A number of tokens is not a secret; any other number may be a PIN. */
const countsTokens = (pointer: string): boolean => /tokens$/i.test(pointer)

function maskAll(value: unknown, pointer: string): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return mask(value)
  if (typeof value === 'number' && countsTokens(pointer)) return value
  if (Array.isArray(value)) return value.map((element) => maskAll(element, pointer))
  if (isFields(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, maskAll(member, `${pointer}/${escapeStep(name)}`)]))
  return hidden
}

/** `value` with every secret masked, at any depth. */
export function maskWithin(value: unknown, isSecret = looksSecret, pointer = ''): unknown {
  if (isSecret(pointer)) return maskAll(value, pointer)
  if (Array.isArray(value)) return value.map((element, index) => maskWithin(element, isSecret, `${pointer}/${index}`))
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, maskWithin(member, isSecret, `${pointer}/${escapeStep(name)}`)]),
  )
}

const deepEqual = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => deepEqual(item, b[index]))
  if (!isFields(a) || !isFields(b)) return false
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => Object.hasOwn(a, name) && Object.hasOwn(b, name) && deepEqual(a[name], b[name]))
}

/**
 * The changes between two versions of settings, for an audit. Secrets are masked on both sides; a changed secret is listed even if both
 * masks look alike. Objects are compared field by field, lists as a whole.
 */
export function maskedDiff(before: unknown, after: unknown, isSecret = looksSecret, pointer = ''): MaskedDifference[] {
  if (deepEqual(before, after)) return []
  if (isFields(before) && isFields(after)) {
    // Everything inside a secret is secret.
    const isSecretInside = isSecret(pointer) ? () => true : isSecret
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
    return names.flatMap((name) => {
      const [fieldBefore, fieldAfter] = [before, after].map((fields) => (Object.hasOwn(fields, name) ? fields[name] : undefined))
      return maskedDiff(fieldBefore, fieldAfter, isSecretInside, `${pointer}/${escapeStep(name)}`)
    })
  }
  const masked = (value: unknown) => maskWithin(value, isSecret, pointer)
  return [
    {
      pointer,
      ...(before === undefined ? {} : { before: masked(before) }),
      ...(after === undefined ? {} : { after: masked(after) }),
    },
  ]
}
