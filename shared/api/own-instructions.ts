/** `/v1/me/instructions`: what a user tells every model. */
import { z } from 'zod'
import { Instructions } from '../persona/instructions.ts'
import { personaLimits } from '../persona/persona-limits.ts'

const text = `They stand after those of the workspace and the persona, in turns of your own messages. Values: \`{{date}}\`, \`{{time_zone}}\`, \`{{user.name}}\`, \`{{workspace}}\`. At most ${personaLimits.ownInstructionUnits} UTF-16 units. Empty: none`

/** The instructions to store. */
export const PutOwnInstructions = z.object({
  instructions: Instructions.refine(
    ({ length }) => length <= personaLimits.ownInstructionUnits,
    `must have at most ${personaLimits.ownInstructionUnits} UTF-16 units`,
  ).meta({ description: text }),
})
export type PutOwnInstructions = z.infer<typeof PutOwnInstructions>

/** The stored instructions. */
export const OwnInstructions = z.object({
  instructions: z.string().meta({ description: text }),
  updated_at: z.int().nullable().meta({ description: 'Unix milliseconds. Null: there are none' }),
})
export type OwnInstructions = z.infer<typeof OwnInstructions>
