/**
 * The instructions of a model: templates with a fixed list of values, in a fixed order. Pure. No text of a message, a tool result or a
 * document is ever a part of them.
 */
import { z } from 'zod'
import { cutText } from '../lib/cut-text.ts'

/** UTF-16 units of one template. */
export const instructionUnits = 32_000

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

/** The first unknown value of a template, in words with its line and column, both from 1. Undefined: none. */
export function templateProblem(template: string): string | undefined {
  for (const match of template.matchAll(placeholder)) {
    const [, backslash, name = ''] = match
    if (backslash !== '' || isValue(name.trim())) continue
    const before = template.slice(0, match.index).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    const known = Object.keys(instructionValues).map((value) => `{{${value}}}`)
    return `has the unknown value {{${cutText(name, 64)}}} in line ${before.length}, column ${column}. Known values: ${known.join(', ')}. \\{{ keeps it as text`
  }
  return undefined
}

/** A template of instructions, as a user writes it. */
export const Instructions = z
  .string()
  .max(instructionUnits, `must have at most ${instructionUnits} UTF-16 units`)
  .superRefine((template, context) => {
    const message = templateProblem(template)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

/** Whether a template contains `value`. */
export const usesValue = (template: string, value: InstructionValue): boolean =>
  [...template.matchAll(placeholder)].some(([, backslash, name = '']) => backslash === '' && name.trim() === value)

/** UTF-16 units of one inserted value. */
const valueUnits = 100

/** A value on one line, without control characters and braces: a name adds no line and no further value. */
const inserted = (value: string): string => cutText(value.replace(/[\p{C}\p{Zl}\p{Zp}{}\s]+/gu, ' ').trim(), valueUnits)

/** `template` with its values. Unknown ones stay, because an earlier release may have stored them. */
export const renderTemplate = (template: string, values: InstructionValues): string =>
  template.replace(placeholder, (text, backslash: string, name: string) => {
    if (backslash !== '') return text.slice(1)
    const value = name.trim()
    return isValue(value) ? inserted(values[value]) : text
  })

/** The templates of a turn, in their order: what comes first has the last word on what follows. */
export interface InstructionSources {
  /** The preamble of the workspace, for every turn. */
  readonly workspace: string
  /** The instructions of the persona. */
  readonly persona: string
}

/** One part of the instructions. `source`: `workspace`, or `persona:ID`. */
export interface Instruction {
  readonly kind: 'preamble' | 'persona'
  readonly source: string
  readonly text: string
}

/** The parts of the instructions, in their order. Empty ones are left out. */
export const instructionParts = (
  { workspace, persona }: InstructionSources,
  values: InstructionValues,
  personaId = '',
): readonly Instruction[] =>
  (
    [
      { kind: 'preamble', source: 'workspace', text: renderTemplate(workspace, values).trim() },
      { kind: 'persona', source: `persona:${personaId}`, text: renderTemplate(persona, values).trim() },
    ] as const
  ).filter(({ text }) => text !== '')

/** The parts as the text that a model receives. Empty: there are none. */
export const instructionText = (parts: readonly Pick<Instruction, 'text'>[]): string => parts.map(({ text }) => text).join('\n\n')

/** The whole instructions of a turn. Empty: it has none. */
export const instructionsOf = (sources: InstructionSources, values: InstructionValues): string =>
  instructionText(instructionParts(sources, values))

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
