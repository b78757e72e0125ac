/** What a waiting call asks: an approval, an answer, or what became of an effect. `call.parked` records it. */
import { z } from 'zod'
import { approvalRules } from './approval-rule.ts'
import { Effect } from './effect.ts'

/** A rule that asks before a call. */
export const AskedBy = z.object({
  source: z.enum(['catalog', 'persona', 'policy', 'parent']),
  reason: z.string().meta({ description: 'The rule, in words.' }),
})
export type AskedBy = z.infer<typeof AskedBy>

/** The rules that make a call wait. */
export const AskRule = z.enum(approvalRules).exclude(['never'])
export type AskRule = z.infer<typeof AskRule>

/** The bounds of a question to the user, and of an answer. Lengths are in UTF-16 units. */
export const askLimits = { choices: 20, choiceUnits: 200, answerUnits: 8_000, sourceUnits: 64, sources: 64 } as const

/** The optional fields of `call.parked`. */
export const askFields = {
  ask: z.enum(['question', 'effect']).optional().meta({
    description: '`question`: the user answers. `effect`: the call was cut off, and the user says what became of it. Absent: an approval.',
  }),
  arguments: z.string().optional().meta({ description: 'Canonical JSON (RFC 8785) of the arguments that an approval counts for.' }),
  asked: z.array(AskedBy).max(askLimits.sources).optional().meta({ description: 'The rules that ask.' }),
  rule: AskRule.optional().meta({
    description:
      '`once`: an approval counts for the later calls of this tool in the conversation. `ask`: if the user chooses so. `always`: never.',
  }),
  binding: z.string().optional().meta({ description: 'SHA-256 of everything that an approval counts for, in hex.' }),
  program: z
    .object({ id: z.int().min(1), name: z.string(), effect: Effect })
    .optional()
    .meta({ description: 'The call of the program that waits, with its `arguments`. Absent: the call itself waits.' }),
  choices: z.array(z.string()).max(askLimits.choices).optional().meta({ description: 'Answers that the user can choose.' }),
} as const

/** What a waiting call asks. */
export type Ask = z.infer<z.ZodObject<typeof askFields>>
