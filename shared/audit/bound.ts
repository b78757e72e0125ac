/**
 * The size limit of an audit entry, for any request. Pure. Every trail applies it to every draft, so no caller can forget it. A part that
 * is too long becomes a sample with its count and hash. So the entry still identifies what was sent.
 */
import { textHash } from '../lib/text-hash.ts'
import type { AuditDraft } from './entry.ts'

/** The longest `detail`, `input` and `reasons` of an entry, each in bytes of JSON. */
export const maxPartBytes = 8_192
/** The longest `detail` of a refusal, in bytes of JSON. It changed nothing, so its body is not listed. */
export const maxRefusalBytes = 512
/** The longest name in an entry, such as its target, in bytes of JSON. */
const maxNameBytes = 1_024
/** Objects and lists that are nested deeper are replaced by their hash. */
const maxDepth = 8
/** The most fields of an object. */
const maxFields = 50
/** The longest name of a field, in UTF-16 units. */
const maxFieldUnits = 100

const refusals: ReadonlySet<string> = new Set(['refused', 'denied', 'failed', 'wrong', 'locked'])

/** Whether the entry reports that nothing was changed. */
export const isRefusal = ({ outcome }: Pick<AuditDraft, 'outcome'>): boolean => refusals.has(outcome)

/** The draft within its bound. A draft that fits stays the same object. */
export function boundDraft(draft: AuditDraft): AuditDraft {
  const { target, action, outcome, request_id, reasons, detail, input } = draft
  const detailBytes = draft.kind === 'change' && isRefusal(draft) ? maxRefusalBytes : maxPartBytes
  const bounded: AuditDraft = {
    ...draft,
    target: boundName(target),
    action: boundName(action),
    outcome: boundName(outcome),
    ...(request_id === undefined ? {} : { request_id: boundName(request_id) }),
    ...(reasons === undefined ? {} : { reasons: boundReasons(reasons) }),
    ...(detail === undefined ? {} : { detail: shorten(detail, detailBytes) as AuditDraft['detail'] & object }),
    ...(input === undefined ? {} : { input: boundInput(input) }),
  }
  const same = (Object.keys(draft) as (keyof AuditDraft)[]).every((key) => bounded[key] === draft[key])
  return same ? draft : bounded
}

const boundName = (name: string): string => shorten(name, maxNameBytes) as string

/** A cut input has `length` in `context.withheld`. What-if analysis cannot replay it. */
function boundInput(input: unknown): unknown {
  const short = shorten(input, maxPartBytes - 64)
  if (short === input) return input
  if (!isFields(short)) return { context: { withheld: ['length'] }, input: short }
  const context = isFields(short.context) ? short.context : {}
  return { ...short, context: { ...context, withheld: ['length'] } }
}

function boundReasons(reasons: readonly string[]): readonly string[] {
  if (fits(reasons, maxPartBytes)) return reasons
  const included: string[] = []
  let remaining = maxPartBytes - 200
  for (const reason of reasons) {
    const short = shorten(reason, maxNameBytes) as string
    remaining -= bytesOf(JSON.stringify(short)) + 1
    if (remaining < 0) break
    included.push(short)
  }
  return [...included, `… ${reasons.length} reasons, sha256 ${textHash(JSON.stringify(reasons))}`]
}

/** `value` as JSON of at most `bytes` bytes. A value that fits is returned unchanged. `bytes`: at least 200. */
export function shorten(value: unknown, bytes: number, depth = 0): unknown {
  if (fits(value, bytes)) return value
  const text = JSON.stringify(value) ?? 'null'
  if (typeof value === 'string') return shortText(value, bytes)
  if (depth >= maxDepth || bytes < 200) return { sha256: textHash(text) }
  if (Array.isArray(value)) return shortList(value, text, bytes, depth)
  return isFields(value) ? shortFields(value, text, bytes, depth) : { sha256: textHash(text) }
}

/** The beginning of the text, with its length and hash. */
function shortText(text: string, bytes: number): string {
  const end = `… (${text.length} units, sha256 ${textHash(text)})`
  let units = Math.max(0, bytes - bytesOf(JSON.stringify(end)))
  while (units > 0 && bytesOf(JSON.stringify(text.slice(0, units) + end)) > bytes) units = Math.floor(units / 2)
  return text.slice(0, units).toWellFormed() + end
}

/** The first elements that fit, with the count and hash of all. */
function shortList(list: readonly unknown[], text: string, bytes: number, depth: number): unknown {
  const first: unknown[] = []
  const summary = () => ({ count: list.length, first, sha256: textHash(text) })
  let remaining = bytes - bytesOf(JSON.stringify(summary()))
  for (const element of list) {
    const short = shorten(element, 200, depth + 1)
    remaining -= bytesOf(JSON.stringify(short) ?? 'null') + 1
    if (remaining < 0) break
    first.push(short)
  }
  return summary()
}

/** Short fields stay as they are, and long ones share the remaining bytes. */
function shortFields(fields: Readonly<Record<string, unknown>>, text: string, bytes: number, depth: number): unknown {
  const sized = Object.entries(fields).map(([name, field]) => ({ name, field, size: bytesOf(JSON.stringify(field) ?? '') }))
  const included = sized.filter(({ name }) => name.length <= maxFieldUnits).slice(0, maxFields)
  const omitted = included.length < sized.length ? { omitted: { count: sized.length - included.length, sha256: textHash(text) } } : {}
  let remaining = bytes - bytesOf(JSON.stringify(omitted)) - 2
  const short: Record<string, unknown> = {}
  const bySize = [...included].sort((a, b) => a.size - b.size)
  for (const [index, { name, field }] of bySize.entries()) {
    const key = bytesOf(JSON.stringify(name)) + 2
    const shortened = shorten(field, Math.floor(remaining / (bySize.length - index)) - key, depth + 1)
    remaining -= bytesOf(JSON.stringify(shortened) ?? '') + key
    if (remaining < 0) return { omitted: { count: sized.length, sha256: textHash(text) } }
    short[name] = shortened
  }
  return { ...short, ...omitted }
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const utf8 = new TextEncoder()
const bytesOf = (text: string): number => utf8.encode(text).length

function fits(value: unknown, bytes: number): boolean {
  // One unit of a text is at most six bytes of JSON.
  if (typeof value === 'string' && value.length * 6 + 2 <= bytes) return true
  if (typeof value === 'string' && value.length > bytes) return false
  const text = JSON.stringify(value) ?? ''
  return text.length <= bytes && (text.length * 3 <= bytes || bytesOf(text) <= bytes)
}
