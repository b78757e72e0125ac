/** A persona: who answers, with which instructions, model and tools. The schema is the type, the validation and the documentation. */
import { z } from 'zod'
import { ResponseFormat } from '../json-schema/response-format.ts'
import { Allowance } from '../limits/budget.ts'
import { ProfileName } from '../settings/settings.ts'
import { ApprovalRule } from '../tool/approval-rule.ts'
import { Instructions } from './instructions.ts'
import { personaLimits as limits } from './persona-limits.ts'

/** The id of a persona. A message names it. */
export const PersonaId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be 1 to 64 letters, digits, "-", "_" or ".", and start with a letter or digit')

/** A persona as a user writes it. */
export const Persona = z.strictObject({
  name: z.string().trim().min(1, 'must not be empty').max(limits.nameUnits).meta({ description: 'The name that people see' }),
  description: z.string().trim().max(limits.descriptionUnits).default('').meta({ description: 'What the persona is for' }),
  instructions: Instructions.default('').meta({
    description: `The model receives them before the conversation. Values: \`{{date}}\`, \`{{time_zone}}\`, \`{{user.name}}\`, \`{{workspace}}\`. At most ${limits.instructionUnits} UTF-16 units`,
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
    .array(z.string().min(1).max(limits.toolUnits))
    .max(limits.tools)
    .nullable()
    .default(null)
    .meta({ description: 'The names of the tools that the model is offered. Null: all of the workspace' }),
  approval: ApprovalRule.default('never').meta({
    description: "When a call of one of its tools waits for a user's approval. It makes the workspace's rule stricter, and never weaker",
  }),
  memory: z
    .enum(['on', 'off'])
    .default('on')
    .meta({ description: '`off`: messages that this persona answers are not stored in memory, and it is given no memories' }),
  starters: z
    .array(z.string().trim().min(1, 'must not be empty').max(limits.starterUnits))
    .max(limits.starters)
    .default([])
    .meta({ description: 'First messages that the app offers in a new conversation' }),
  greeting: z
    .string()
    .trim()
    .max(limits.greetingUnits)
    .default('')
    .meta({ description: 'The app shows it in a new conversation. The model does not receive it' }),
  budget: Allowance.nullable().default(null).meta({
    description:
      "The persona's own daily budget. It lowers the workspace's budget for the persona, and never raises it. Null: none of its own",
  }),
  response_format: ResponseFormat.nullable()
    .default(null)
    .meta({ description: 'The form of its answers: JSON that follows a schema. A message may ask for another one. Null: text' }),
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

/** The fields that a list leaves out. */
export const longFields = { instructions: true, tools: true, response_format: true, starters: true, greeting: true } as const
type LongField = keyof typeof longFields

/** A stored persona without the long parts of its text. */
export interface PersonaEntry extends Omit<StoredPersona, 'persona'> {
  readonly persona: Omit<Persona, LongField>
}

/** Whether `subject` may choose the persona. */
export const mayUse = (
  { owner, persona }: { readonly owner: string; readonly persona: Pick<Persona, 'visibility'> },
  subject: string,
): boolean => persona.visibility === 'workspace' || owner === subject
