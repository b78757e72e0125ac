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
}

/** The whole instructions of a turn. Empty: it has none. */
export const instructionsOf = ({ workspace, persona }: InstructionSources, values: InstructionValues): string =>
  [workspace, persona]
    .map((template) => renderTemplate(template, values).trim())
    .filter((text) => text !== '')
    .join('\n\n')
