/** What a session holds, turn by turn: its history, the model's context, and its tool calls. */
import { z } from 'zod'
import { CallOutcome, Outcome } from '../events/event.ts'
import { SessionPath } from './sessions.ts'

export const HistoryItem = z.discriminatedUnion('role', [
  z.object({ item_id: z.string(), role: z.enum(['user', 'assistant']), text: z.string(), incomplete: z.boolean().optional() }),
  z.object({
    call_id: z.string(),
    role: z.literal('tool'),
    name: z.string(),
    arguments: z.string().meta({ description: 'JSON, as the model wrote it' }),
    outcome: CallOutcome.nullable().meta({ description: '`null` while it has not ended' }),
    text: z.string().meta({ description: 'What the model was told of it' }),
  }),
])
export type HistoryItem = z.infer<typeof HistoryItem>

export const HistoryTurn = z.object({
  turn_id: z.string(),
  outcome: Outcome.nullable().meta({ description: '`null` while it is waiting or running' }),
  items: z.array(HistoryItem),
})
export type HistoryTurn = z.infer<typeof HistoryTurn>

export const History = z.object({
  session_id: z.string(),
  turns: z.array(HistoryTurn),
  tokens: z.int().meta({ description: 'An estimate of what the conversation costs as context' }),
})
export type History = z.infer<typeof History>

/** What the model would be told now. */
export const ContextWindow = z.object({
  session_id: z.string(),
  messages: z.array(
    z.object({
      role: z.enum(['system', 'user', 'assistant', 'tool']),
      text: z.string(),
      calls: z
        .array(z.object({ call_id: z.string(), name: z.string(), arguments: z.string() }))
        .readonly()
        .optional()
        .meta({ description: 'The tools that it asked for' }),
      call_id: z.string().optional().meta({ description: 'The call that it is the result of' }),
    }),
  ),
  tokens: z.int(),
  limit_tokens: z.int(),
})
export type ContextWindow = z.infer<typeof ContextWindow>

export const Cancelled = z.object({ turn_id: z.string(), outcome: Outcome })
export type Cancelled = z.infer<typeof Cancelled>

/** The user's decision about a tool call that asks first. */
export const DecideCall = z.object({ approved: z.boolean() })
export type DecideCall = z.infer<typeof DecideCall>

export const CallDecision = z.object({ call_id: z.string(), approved: z.boolean() })
export type CallDecision = z.infer<typeof CallDecision>

/** Path of one turn. */
export const TurnPath = SessionPath.extend({ turn: z.string().max(64) })
export type TurnPath = z.infer<typeof TurnPath>

/** Path of one tool call. */
export const CallPath = SessionPath.extend({ call: z.string().max(64) })
export type CallPath = z.infer<typeof CallPath>
