/** Templates with a fixed list of values. Pure, and without dependencies: the browser renders a preview with them. */
import { cutText } from '../lib/cut-text.ts'

/** The values of a template, and what each one says. */
export const instructionValues = {
  date: 'the date of the message in its time zone, such as 2026-11-30',
  time_zone: 'the time zone of the message, such as Europe/Berlin; else UTC',
  'user.name': 'the name of the user; without one, their subject',
  workspace: 'the id of the workspace',
} as const
export type InstructionValue = keyof typeof instructionValues

/** The values of one turn. */
export type InstructionValues = Readonly<Record<InstructionValue, string>>

/** A value in braces, such as `{{date}}`. A backslash before it keeps it as text. */
const placeholder = /(\\?)\{\{([^{}]*)\}\}/g

const isValue = (name: string): name is InstructionValue => Object.hasOwn(instructionValues, name)

/** A value in a template that does not exist. */
export interface UnknownValue {
  /** The text between the braces. */
  readonly name: string
  /** Where its braces begin, in UTF-16 units from 0. */
  readonly index: number
  /** The UTF-16 units of the text with its braces. */
  readonly length: number
  /** From 1. */
  readonly line: number
  /** In UTF-16 units from 1. */
  readonly column: number
}

/** The first unknown value of a template. Undefined: none. */
export function unknownValue(template: string): UnknownValue | undefined {
  for (const match of template.matchAll(placeholder)) {
    const [text, backslash, name = ''] = match
    if (backslash !== '' || isValue(name.trim())) continue
    const before = template.slice(0, match.index).split('\n')
    return { name, index: match.index, length: text.length, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
  return undefined
}

/** The first unknown value of a template, in words with its line and column, both from 1. Undefined: none. */
export function templateProblem(template: string): string | undefined {
  const unknown = unknownValue(template)
  if (unknown === undefined) return undefined
  const known = Object.keys(instructionValues).map((value) => `{{${value}}}`)
  return `has the unknown value {{${cutText(unknown.name, 64)}}} in line ${unknown.line}, column ${unknown.column}. Known values: ${known.join(', ')}. \\{{ keeps it as text`
}

/** Whether a template contains `value`. */
export const usesValue = (template: string, value: InstructionValue): boolean =>
  [...template.matchAll(placeholder)].some(([, backslash, name = '']) => backslash === '' && name.trim() === value)

/** UTF-16 units of one inserted value. */
const valueUnits = 100

/** A value on one line, without control characters and braces: a name adds no line and no further value. */
const inserted = (value: string): string => cutText(value.replace(/[\p{C}\p{Zl}\p{Zp}{}\s]+/gu, ' ').trim(), valueUnits)

/** A part of a rendered template: its own text, an inserted value, or an unknown value as it was written. */
export interface TemplatePart {
  readonly kind: 'text' | 'value' | 'unknown'
  readonly text: string
}

/** The parts of `template` with its values, in order. None is empty. */
export function templateParts(template: string, values: InstructionValues): readonly TemplatePart[] {
  const parts: TemplatePart[] = []
  let end = 0
  for (const match of template.matchAll(placeholder)) {
    const [text, backslash, name = ''] = match
    parts.push({ kind: 'text', text: template.slice(end, match.index) })
    end = match.index + text.length
    const value = name.trim()
    if (backslash !== '') parts.push({ kind: 'text', text: text.slice(1) })
    else parts.push(isValue(value) ? { kind: 'value', text: inserted(values[value]) } : { kind: 'unknown', text })
  }
  parts.push({ kind: 'text', text: template.slice(end) })
  return parts.filter(({ text }) => text !== '')
}

/** `template` with its values. Unknown ones stay, because an earlier release may have stored them. */
export const renderTemplate = (template: string, values: InstructionValues): string =>
  templateParts(template, values)
    .map(({ text }) => text)
    .join('')

/** The date of `at`, Unix ms, in `timeZone`, as ISO 8601. An unknown zone counts as UTC. */
export function dateIn(timeZone: string | undefined, at: number): { readonly date: string; readonly time_zone: string } {
  const format = (zone: string) => new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(at)
  try {
    if (timeZone) return { date: format(timeZone), time_zone: timeZone }
  } catch {
    // A client may send any text as its time zone.
  }
  return { date: format('UTC'), time_zone: 'UTC' }
}
