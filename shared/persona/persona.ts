/** A persona: who answers, with which instructions, model and tools. The schema is the type, the validation and the documentation. */
import { z } from 'zod'
import { ProfileName } from '../settings/settings.ts'
import { Instructions, instructionUnits } from './instructions.ts'

/** The most personas of a workspace. */
export const maxPersonas = 200
const maxTools = 64

/** The id of a persona. A message names it. */
export const PersonaId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be 1 to 64 letters, digits, "-", "_" or ".", and start with a letter or digit')

/** A persona as a user writes it. */
export const Persona = z.strictObject({
  name: z.string().trim().min(1, 'must not be empty').max(80).meta({ description: 'The name that people see' }),
  description: z.string().trim().max(500).default('').meta({ description: 'What the persona is for' }),
  instructions: Instructions.default('').meta({
    description: `The model receives them before the conversation. Values: \`{{date}}\`, \`{{time_zone}}\`, \`{{user.name}}\`, \`{{workspace}}\`. At most ${instructionUnits} UTF-16 units`,
  }),
  model: ProfileName.nullable().default(null).meta({ description: 'The model profile that answers. Null: that of the workspace' }),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullable()
    .default(null)
    .meta({ description: 'The sampling temperature. Null: that of the profile' }),
  tools: z
    .array(z.string().min(1).max(64))
    .max(maxTools)
    .nullable()
    .default(null)
    .meta({ description: 'The names of the tools that the model is offered. Null: all of the workspace' }),
  visibility: z
    .enum(['workspace', 'owner'])
    .default('owner')
    .meta({ description: '`workspace`: every user may choose it, and an admin changes it. `owner`: only the user who made it sees it' }),
})
export type Persona = z.infer<typeof Persona>

/** A stored persona. Each change increments `version`. */
export interface StoredPersona {
  readonly id: string
  readonly version: number
  /** The user who made it. */
  readonly owner: string
  /** Unix ms. */
  readonly updated_at: number
  readonly updated_by: string
  readonly persona: Persona
}

/** A stored persona without the long parts of its text. */
export interface PersonaEntry extends Omit<StoredPersona, 'persona'> {
  readonly persona: Omit<Persona, 'instructions' | 'tools'>
}

/** Whether `subject` may choose the persona. */
export const mayUse = (
  { owner, persona }: { readonly owner: string; readonly persona: Pick<Persona, 'visibility'> },
  subject: string,
): boolean => persona.visibility === 'workspace' || owner === subject
