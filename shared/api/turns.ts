/** The content of a session by turn: history, the model's context and tool calls. */
import { z } from 'zod'
import { AttachmentRef } from '../attachment/attachment-ref.ts'
import { ContextPiece } from '../context/piece.ts'
import { CallOutcome, Outcome, Usage } from '../events/event.ts'
import { ProfileName } from '../settings/settings.ts'
import { Flag } from './flag.ts'
import { limits } from './limits.ts'
import { AcceptedMessage } from './messages.ts'
import { SessionPath } from './sessions.ts'
import { UnixMs } from './unix-ms.ts'

/** A message or a tool call of a turn. */
export const HistoryItem = z.discriminatedUnion('role', [
  z.object({
    item_id: z.string(),
    role: z.enum(['user', 'assistant']),
    text: z.string(),
    attachments: z.array(AttachmentRef).optional().meta({ description: 'The files of a message' }),
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

/** One turn with its items, in order. */
export const HistoryTurn = z.object({
  turn_id: z.string(),
  outcome: Outcome.nullable().meta({ description: '`null` while the turn waits or runs' }),
  items: z.array(HistoryItem),
})
export type HistoryTurn = z.infer<typeof HistoryTurn>

/** The turn before which the next page ends. */
export const NextBefore = z
  .string()
  .nullable()
  .optional()
  .meta({ description: 'The `before` of the page with the turns before these. `null`: there are none' })

/** Query of a read that starts with the newest turns. */
export const ReadBefore = z.object({
  before: z.string().min(1).max(64).optional().meta({ description: 'A turn: returns the turns before it. Without it: the newest turns' }),
})
export type ReadBefore = z.infer<typeof ReadBefore>

/** A page of turns, oldest first. */
export const History = z.object({
  session_id: z.string(),
  turns: z.array(HistoryTurn),
  tokens: z.int().meta({ description: 'The estimated size of these turns as context, in tokens' }),
  next_before: NextBefore,
})
export type History = z.infer<typeof History>

/** Query of the context: who would answer, instead of the session's persona and the profile of the workspace. */
export const ReadContext = z.object({
  persona_id: z.string().min(1).max(64).optional().meta({ description: 'The persona that the next message names' }),
  model: ProfileName.optional().meta({ description: 'The model profile that the next message names' }),
})
export type ReadContext = z.infer<typeof ReadContext>

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
      summary: z.literal(true).optional().meta({ description: 'A summary in the place of earlier turns' }),
    }),
  ),
  tokens: z.int().meta({ description: 'The estimated tokens of `messages`' }),
  limit_tokens: z.int().meta({ description: 'The most tokens of the prompt: the window without the answer' }),
  persona_id: z.string().optional().meta({ description: 'The persona of the session' }),
  model: z.string().optional().meta({ description: 'The model that is asked first: a profile, or the model of the environment' }),
  window: z
    .object({
      origin: z.enum(['profile', 'known', 'default']).meta({
        description: 'Where its size comes from: the profile, the table of known models, or a safe default for an unknown model',
      }),
      tokens: z.int().nullable().meta({ description: 'The whole window. `null`: unknown' }),
      answer_tokens: z.int().meta({ description: 'The room for the answer' }),
    })
    .optional(),
  pieces: z.array(ContextPiece).readonly().optional().meta({
    description:
      'What the prompt is built from, in its order, except the next message. Absent while the conversation Worker is unavailable',
  }),
  problem: z.string().optional().meta({ description: 'Why the prompt cannot be built, and what to do' }),
})
export type ContextWindow = z.infer<typeof ContextWindow>

/** The outcome of the turn, also if it ended before. */
export const Cancelled = z.object({ turn_id: z.string(), outcome: Outcome })
export type Cancelled = z.infer<typeof Cancelled>

/** One turn: its state, and its answer so far. */
export const TurnView = z.object({
  session_id: z.string(),
  turn_id: z.string(),
  event_id: z.string().meta({ description: 'The idempotency key of the message' }),
  status: z
    .enum(['waiting', 'running', ...Outcome.options])
    .meta({ description: '`waiting`: other turns come first, or the session is paused. The last three are final' }),
  text: z.string().meta({ description: "The answer so far: the texts of the model's items, with a blank line between them" }),
  incomplete: z.boolean().meta({ description: 'The answer was cut off, by a cancellation or an error' }),
  reason: z.string().nullable().meta({ description: 'Why the turn failed, in words' }),
  usage: Usage.nullable().meta({
    description: 'Tokens of the calls that answered. A budget also counts failed attempts and tool descriptions',
  }),
  accepted_at: UnixMs,
  started_at: UnixMs.nullable(),
  ended_at: UnixMs.nullable(),
})
export type TurnView = z.infer<typeof TurnView>

/** The response to a message, for a sender that waits. */
export const SentTurn = AcceptedMessage.extend(TurnView.shape)
export type SentTurn = z.infer<typeof SentTurn>

/** Query of a request that may wait for the end of a turn. */
export const WaitForTurn = z.object({
  wait: Flag.optional().meta({ description: `Responds when the turn has ended, or after \`wait_ms\`` }),
  wait_ms: z.coerce
    .number()
    .int()
    .min(0)
    .max(limits.waitMs)
    .optional()
    .meta({ description: `The longest wait, in ms: at most ${limits.waitMs}; by default ${limits.defaultWaitMs} with \`wait\`, else 0` }),
})
export type WaitForTurn = z.infer<typeof WaitForTurn>

/** Query of a request that sends a message. */
export const SendQuery = WaitForTurn.extend({
  stream: Flag.optional().meta({ description: 'Responds with the event stream from the message to the end of its turn' }),
})
export type SendQuery = z.infer<typeof SendQuery>

/** How long a request waits for the end of a turn. Milliseconds; 0: it does not wait. */
export const waitOf = ({ wait, wait_ms }: WaitForTurn): number => (wait === false ? 0 : (wait_ms ?? (wait ? limits.defaultWaitMs : 0)))

/** Whether the turn has ended. */
export const isEnded = ({ status }: Pick<TurnView, 'status'>): boolean => status !== 'waiting' && status !== 'running'

/** Path of one turn. */
export const TurnPath = SessionPath.extend({ turn: z.string().max(64) })
export type TurnPath = z.infer<typeof TurnPath>
