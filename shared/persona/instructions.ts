/**
 * The instructions of a model: templates with a fixed list of values, in a fixed order. Pure. No text of a message, a tool result or a
 * document is ever a part of them.
 */
import { z } from 'zod'
import { personaLimits } from './persona-limits.ts'
import { type InstructionValues, renderTemplate, templateProblem } from './template.ts'

/** A template of instructions, as a user writes it. */
export const Instructions = z
  .string()
  .max(personaLimits.instructionUnits, `must have at most ${personaLimits.instructionUnits} UTF-16 units`)
  .superRefine((template, context) => {
    const message = templateProblem(template)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

/** The templates of a turn, in their order: what comes first has the last word on what follows. */
export interface InstructionSources {
  /** The preamble of the workspace, for every turn. */
  readonly workspace: string
  /** The instructions of the persona. */
  readonly persona: string
  /** The user's own instructions. */
  readonly user?: string | undefined
}

/** One part of the instructions. `source`: `workspace`, `persona:ID`, `user`, or `caller` for a call without a session. */
export interface Instruction {
  readonly kind: 'preamble' | 'persona' | 'user_instructions'
  readonly source: string
  readonly text: string
}

/** The parts of the instructions, in their order. Empty ones are left out. */
export const instructionParts = (
  { workspace, persona, user = '' }: InstructionSources,
  values: InstructionValues,
  personaId = '',
): readonly Instruction[] =>
  (
    [
      { kind: 'preamble', source: 'workspace', text: renderTemplate(workspace, values).trim() },
      { kind: 'persona', source: `persona:${personaId}`, text: renderTemplate(persona, values).trim() },
      { kind: 'user_instructions', source: 'user', text: renderTemplate(user, values).trim() },
    ] as const
  ).filter(({ text }) => text !== '')

/** The parts as the text that a model receives. Empty: there are none. */
export const instructionText = (parts: readonly Pick<Instruction, 'text'>[]): string => parts.map(({ text }) => text).join('\n\n')

/** The whole instructions of a turn. Empty: it has none. */
export const instructionsOf = (sources: InstructionSources, values: InstructionValues): string =>
  instructionText(instructionParts(sources, values))
