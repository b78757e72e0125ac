/** The content of a session by turn: history, the model's context and tool calls. */
import { z } from 'zod'
import { CallOutcome, Outcome } from '../events/event.ts'
import { SessionPath } from './sessions.ts'

export const HistoryItem = z.discriminatedUnion('role', [
  z.object({
    item_id: z.string(),
    role: z.enum(['user', 'assistant']),
    text: z.string(),
    incomplete: z.boolean().optional(),
    truncated: z.boolean().optional(),
  }),
  z.object({
    call_id: z.string(),
    role: z.literal('tool'),
    name: z.string(),
    arguments: z.string().meta({ description: 'The arguments as JSON text, exactly as the model wrote them' }),
    outcome: CallOutcome.nullable().meta({ description: '`null` while the call is unfinished' }),
    text: z.string().meta({ description: 'The result that the model received' }),
  }),
])
export type HistoryItem = z.infer<typeof HistoryItem>

export const HistoryTurn = z.object({
  turn_id: z.string(),
  outcome: Outcome.nullable().meta({ description: '`null` while the turn waits or runs' }),
  items: z.array(HistoryItem),
})
export type HistoryTurn = z.infer<typeof HistoryTurn>

export const History = z.object({
  session_id: z.string(),
  turns: z.array(HistoryTurn),
  tokens: z.int().meta({ description: 'The estimated size of the conversation as context, in tokens' }),
})
export type History = z.infer<typeof History>

/** The context of the next model call. */
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
        .meta({ description: 'The tool calls that the model requested' }),
      call_id: z.string().optional().meta({ description: 'The call that this result belongs to' }),
    }),
  ),
  tokens: z.int(),
  limit_tokens: z.int(),
})
export type ContextWindow = z.infer<typeof ContextWindow>

export const Cancelled = z.object({ turn_id: z.string(), outcome: Outcome })
export type Cancelled = z.infer<typeof Cancelled>

/** The user's decision about a tool call that waits for approval. */
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
