/** Every event type of a session's log. The schema is the type, the validation and the documentation. Portable. */
import { z } from 'zod'
import { Caller, Delegation, delegationLimits, RelayedAsk } from '../agent/delegation.ts'
import { limits } from '../api/limits.ts'
import { AttachmentRef } from '../attachment/attachment-ref.ts'
import { toolCalls } from '../code/limits.ts'
import { Role } from '../identity/role.ts'
import { EventId, SessionId, Subject } from '../ids.ts'
import { ResponseFormat } from '../json-schema/response-format.ts'
import { askFields } from '../tool/ask.ts'
import { Effect } from '../tool/effect.ts'

export { Effect }

export const TurnId = z.string().min(1).max(64)
export const ItemId = z.string().min(1).max(64)
const CallId = z.string().min(1).max(64)

/** Fields of every recorded event. */
const recordedFields = z.object({
  seq: z.int().min(1).meta({ description: 'Position in the session, from 1. Order events by `seq`, not by time.' }),
  at: z.int().meta({ description: 'Unix milliseconds, never less than the event before.' }),
  origin: z
    .object({ session: SessionId, seq: z.int().min(1) })
    .optional()
    .meta({ description: 'The event that a fork copied. Its effects belong to the origin.' }),
})

/** Declares an event: its type, its description and its own fields. */
const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, description: string, shape: Shape) =>
  recordedFields.extend({ type: z.literal(type), ...shape }).meta({ id: type, description })

/** String pairs that a client attaches to a message: at most 50 pairs, 8 KB as JSON. */
export const Metadata = z.record(z.string(), z.string())
export type Metadata = z.infer<typeof Metadata>

/** Tokens of one turn, counted by the provider, or by us with `estimated`. */
export const Usage = z.object({
  input_tokens: z.int().min(0).meta({ description: 'All input, cached input included.' }),
  output_tokens: z.int().min(0).meta({ description: 'All output, reasoning included.' }),
  cached_tokens: z.int().min(0).optional().meta({ description: 'The part of the input that the provider had cached, if it reports it.' }),
  reasoning_tokens: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The part of the output that was reasoning, if the provider reports it.' }),
  estimated: z.boolean().optional(),
  from_cache: z.literal(true).optional().meta({ description: "The answer came from the workspace's cache, and cost nothing." }),
})
export type Usage = z.infer<typeof Usage>

/** Who wrote an answer. */
export const AnsweredBy = z.object({
  model: z.string().meta({ description: 'The model profile, or the model of the environment.' }),
  persona_id: z.string().optional(),
  persona_version: z.int().min(1).optional(),
  instructions_sha256: z.string().optional().meta({ description: 'SHA-256 of the instructions that the model received, in hex.' }),
  memory: z
    .literal('off')
    .optional()
    .meta({ description: 'The turn stays out of memory: the message, its persona or the workspace says so.' }),
  memories: z.array(z.string().max(64)).max(32).optional().meta({ description: 'The memories that the model was given, by id.' }),
  recall: z.string().max(32).optional().meta({ description: 'Why it was given none: `slow`, `unavailable` or `denied`.' }),
  escalation: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Why the fallback of the workspace answered first, such as `risk_level_high`.' }),
})
export type AnsweredBy = z.infer<typeof AnsweredBy>

/** Why the oldest turns are missing from a prompt: no utility model, or its summary failed, was empty or took more than 20 s. */
export const Omission = z.enum(['no_utility_model', 'failed', 'empty', 'slow'])
export type Omission = z.infer<typeof Omission>

/** What the last model call of a turn received. */
export const PromptFacts = z.object({
  input_tokens: z.int().min(0).optional().meta({ description: "The prompt's tokens, counted by the provider." }),
  estimated_tokens: z.int().min(0).optional().meta({ description: 'Our estimate of the same prompt.' }),
  omitted_turns: z.int().min(1).optional().meta({ description: 'The turns that did not fit and were left out, without a summary.' }),
  omission: Omission.optional().meta({ description: 'Why they have no summary.' }),
})
export type PromptFacts = z.infer<typeof PromptFacts>

/** The most UTF-16 units of a summary. */
export const summaryUnits = 16_384

/** How a turn ended. */
export const Outcome = z.enum(['completed', 'failed', 'cancelled'])
export type Outcome = z.infer<typeof Outcome>

const SessionCreated = event('session.created', 'The conversation was created. `subject` owns it.', {
  subject: Subject,
  persona_id: z.string().optional(),
  memory: z
    .literal('off')
    .optional()
    .meta({ description: 'Its first message switched memory off, for messages that do not switch it on.' }),
  parent_session: SessionId.optional().meta({ description: 'The session above: a sub-agent answers one of its calls here.' }),
  imported_to: z.int().min(1).optional().meta({ description: 'The last seq of the imported events.' }),
})
/** One call that a client requests as a whole turn. */
export const DirectCall = z.object({
  name: z.string(),
  arguments: z.string().meta({ description: 'A JSON object, as text.' }),
  effect: Effect,
  timeout_ms: z.int().min(1),
})
export type DirectCall = z.infer<typeof DirectCall>

const TurnAccepted = event('turn.accepted', 'A message was accepted. Messages are answered in order.', {
  turn_id: TurnId,
  event_id: EventId,
  position: z.int().min(0).meta({ description: 'Number of turns ahead of this one.' }),
  metadata: Metadata.optional(),
  parent_turn_id: TurnId.nullable().optional().meta({ description: 'The parent turn, if it is not the turn before. `null`: none.' }),
  regenerates: TurnId.optional().meta({ description: 'The turn with the message that is answered again.' }),
  role_at_most: Role.optional().meta({ description: 'Upper bound of the role that the turn acts with.' }),
  persona_id: z.string().optional().meta({ description: 'The persona of this turn, if it is not that of the session.' }),
  model: z.string().optional().meta({ description: 'The model profile that the message names.' }),
  response_format: ResponseFormat.optional().meta({ description: 'The form of the answer that the message asks for.' }),
  tool: DirectCall.optional().meta({ description: 'The turn is this one call, and no model answers it.' }),
  delegation: Delegation.optional().meta({ description: 'The call of the session above that this turn answers.' }),
})
const ItemAdded = event('item.added', 'A complete message by `role` was added.', {
  turn_id: TurnId,
  item_id: ItemId,
  role: z.enum(['user']),
  text: z.string(),
  attachments: z.array(AttachmentRef).max(limits.messageAttachments).optional().meta({ description: 'The files of the message.' }),
})
const TurnStarted = event('turn.started', 'The answer was started.', { turn_id: TurnId })
/** What an item is, if it is no message. Readers ignore an item of an unknown kind. */
const ItemKind = z
  .string()
  .max(64)
  .meta({ description: '`reasoning`: what the model thought before its answer. It is no part of the answer. Absent: a message.' })
const ItemOpened = event(
  'item.opened',
  'A message by `role` was opened. Its text streams as `item.delta` frames until `item.closed`, and reasoning as `reasoning.delta` frames.',
  {
    turn_id: TurnId,
    item_id: ItemId,
    role: z.enum(['assistant']),
    kind: ItemKind.optional(),
  },
)
const ItemClosed = event('item.closed', 'The message is complete. `text` is the whole text.', {
  turn_id: TurnId,
  item_id: ItemId,
  // Clients of an earlier release show each `text` as the answer. So reasoning has a field of its own.
  text: z.string().meta({ description: 'Empty for reasoning.' }),
  kind: ItemKind.optional(),
  reasoning: z.string().optional().meta({ description: 'The whole reasoning, for an item of that kind.' }),
  incomplete: z.boolean().optional().meta({ description: 'The text was stopped or interrupted.' }),
  truncated: z.boolean().optional().meta({ description: 'The text was cut at a length limit: of the model, or of an item.' }),
})
const ItemAbandoned = event('item.abandoned', 'The text of this item is invalid. The answer starts again.', {
  turn_id: TurnId,
  item_id: ItemId,
  replaced: z
    .literal(true)
    .optional()
    .meta({ description: 'The answer does not start again. The item had no text, and the model thinks first.' }),
})
/** `unknown`: it was started, and its effect is unknown. `cancelled`: it was never started. */
export const CallOutcome = z.enum(['completed', 'failed', 'denied', 'cancelled', 'unknown'])
export type CallOutcome = z.infer<typeof CallOutcome>

const CallRequested = event('call.requested', 'The model requested a tool call.', {
  turn_id: TurnId,
  call_id: CallId,
  name: z.string(),
  arguments: z.string().meta({ description: 'JSON as the model wrote it. It may be invalid.' }),
  effect: Effect,
  timeout_ms: z.int().min(1).meta({ description: 'Timeout of one run, in milliseconds.' }),
  checks: z.literal(true).optional().meta({ description: 'The tool can check what became of a run that was cut off.' }),
  provider_fields: z
    .string()
    .max(16_384)
    .optional()
    .meta({ description: "The model provider's own fields of the call, as JSON of at most 16 KB. They go back to that provider." }),
})
const CallClaimed = event('call.claimed', 'An executor claimed the call. The tool may be running.', { turn_id: TurnId, call_id: CallId })
const CallAbandoned = event('call.abandoned', 'The executor failed. The call runs again, which is safe for this tool.', {
  turn_id: TurnId,
  call_id: CallId,
})
/** Counts the calls of a program from 1. */
const ProgramCallId = z.int().min(1).max(toolCalls).meta({ description: 'Counts the calls of the program.' })
const CallParked = event('call.parked', 'The call waits for a user. Without `ask: "effect"`, it has not started.', {
  turn_id: TurnId,
  call_id: CallId,
  reason: z.string().meta({ description: 'What must be decided, in words.' }),
  until: z.int().meta({ description: 'The call is denied at this time without a decision, Unix milliseconds.' }),
  ...askFields,
})
const CallDecided = event('call.decided', 'The call was approved or declined by `by`.', {
  turn_id: TurnId,
  call_id: CallId,
  approved: z.boolean(),
  by: Subject,
  reason: z.string().optional().meta({ description: 'Why the user declined. The model receives it.' }),
  arguments: z.string().optional().meta({ description: 'The arguments as `by` has edited them, as canonical JSON. They run.' }),
  binding: z.string().optional().meta({ description: 'SHA-256 of what was approved, in hex.' }),
  answer: z.string().optional().meta({ description: 'The answer to a question.' }),
  remember: z
    .literal(true)
    .optional()
    .meta({ description: 'Later calls of this tool in this conversation run without an approval, until it is revoked.' }),
  grant: z
    .string()
    .optional()
    .meta({ description: 'With `remember`: SHA-256 of what it counts for, in hex: the tool, the user and the persona.' }),
  grant_tool: z.string().optional().meta({ description: 'With `remember`: the tool.' }),
})
/** What became of a call that was cut off: it took effect, it runs again, or it is unknown. */
export const Resolution = z.enum(['happened', 'again', 'given_up'])
export type Resolution = z.infer<typeof Resolution>

const CallResolved = event('call.resolved', 'A user said what became of a call that was cut off.', {
  turn_id: TurnId,
  call_id: CallId,
  outcome: Resolution.meta({
    description: '`happened`: it took effect. `again`: it did not, and runs again. `given_up`: it is unknown, and the turn goes on.',
  }),
  by: Subject,
})
const ApprovalRevoked = event('approval.revoked', 'Calls of this tool need an approval again.', {
  tool: z.string(),
  by: Subject,
})
const CallDelegated = event('call.delegated', 'A sub-agent answers the call: the persona, in the session `session_id` below this one.', {
  turn_id: TurnId,
  call_id: CallId,
  session_id: SessionId,
  persona_id: z.string(),
  message: z.string().max(delegationLimits.messageUnits).meta({ description: 'What it was told.' }),
  caller: Caller.meta({ description: 'What this turn may do. The sub-agent may do no more.' }),
})
const CallRelayed = event('call.relayed', 'The sub-agent of the call waits for a user, or no longer does.', {
  turn_id: TurnId,
  call_id: CallId,
  asks: RelayedAsk.nullable().meta({ description: '`null`: it no longer waits.' }),
})
const ProgramCalled = event('program.called', 'The program of the call waits for this call of a tool. It may not have started.', {
  turn_id: TurnId,
  call_id: CallId,
  id: ProgramCallId,
  name: z.string(),
  arguments: z.string().meta({ description: 'JSON as the program wrote it.' }),
})
const ProgramClaimed = event(
  'program.claimed',
  'A call of the program is about to run: one that must not run twice, or that was approved.',
  {
    turn_id: TurnId,
    call_id: CallId,
    id: ProgramCallId,
  },
)
const ProgramReturned = event('program.returned', 'A call of the program ended.', {
  turn_id: TurnId,
  call_id: CallId,
  id: ProgramCallId,
  outcome: CallOutcome,
  text: z.string().meta({ description: 'The result that the program receives.' }),
})
const CallEnded = event('call.ended', 'The call ended. No further events follow for it.', {
  turn_id: TurnId,
  call_id: CallId,
  outcome: CallOutcome,
  text: z.string().meta({ description: 'The text for the model: the result, or why there is none.' }),
})
const StepEnded = event('step.ended', 'A model call ended with tool requests. It is never repeated.', {
  turn_id: TurnId,
  usage: Usage.optional(),
  answered_by: AnsweredBy.optional(),
})
const TurnEnded = event('turn.ended', 'The turn ended. No further events follow for it.', {
  turn_id: TurnId,
  outcome: Outcome,
  reason: z.string().optional().meta({ description: 'Why it failed, in words.' }),
  detail: z.string().optional().meta({ description: 'What the model provider said about the failure: an excerpt without secrets.' }),
  usage: Usage.optional().meta({ description: 'Usage of all steps of the turn.' }),
  answered_by: AnsweredBy.optional().meta({ description: 'The model of the last step, and its persona.' }),
  context: PromptFacts.optional().meta({ description: 'What the last model call received.' }),
})
const ContextSummarized = event(
  'context.summarized',
  'The utility model summarised the oldest turns of the branch. Later prompts have `text` in their place. The turns stay in the log.',
  {
    turn_id: TurnId.meta({ description: 'The turn that was being answered.' }),
    through_turn_id: TurnId.meta({ description: 'The last turn in the summary. Only branches through it use the summary.' }),
    first_turn: z.int().min(1).meta({ description: 'The position of its first turn on the branch, from 1.' }),
    last_turn: z.int().min(1).meta({ description: 'The position of its last turn.' }),
    text: z.string().max(summaryUnits),
    model: z.string().meta({ description: 'The profile of the utility model.' }),
  },
)
const MemoryRefused = event('memory.refused', 'The message of turn `about` was not stored as a memory.', {
  about: TurnId.meta({ description: 'The turn of the message. It has already ended.' }),
  reasons: z.array(z.string()).meta({ description: 'Reasons of the policy, or `memory_full`.' }),
})
const SessionTitled = event('session.titled', 'The title was set.', { title: z.string() })
const SessionPaused = event('session.paused', 'The session was paused. No further step starts until `session.resumed`.', {})
const SessionResumed = event('session.resumed', 'The session was resumed.', {})
const SessionReset = event(
  'session.reset',
  'The conversation starts from an empty branch. Earlier messages stay in the log, on other branches.',
  {},
)
const BranchSwitched = event('branch.switched', 'The active branch now ends at `turn_id`.', { turn_id: TurnId })
const SessionRestored = event(
  'session.restored',
  'The session was restored from a backup. Copies must drop the events between `after` and this one.',
  {
    after: z.int().min(0).meta({ description: 'The last event in the backup. Events between it and this one are lost.' }),
    backup: z.string().meta({ description: 'The backup that was restored.' }),
    restored_at: z
      .int()
      .meta({ description: 'When it was restored, Unix milliseconds. `at` repeats the event before, so that lists keep their order.' }),
  },
)
const SessionTrashed = event(
  'session.trashed',
  'The owner deleted the session and can still restore it. Until `session.untrashed`, no client can read it or write to it.',
  { erase_after_ms: z.int().min(0).meta({ description: 'Its content is deleted this long after this event, in milliseconds.' }) },
)
const SessionUntrashed = event('session.untrashed', 'The deleted session was restored.', {})
const SessionDeleted = event('session.deleted', 'The session was deleted. Copies must delete its content.', {})

/** A recorded event of any type. */
export const Event = z.discriminatedUnion('type', [
  SessionCreated,
  TurnAccepted,
  ItemAdded,
  TurnStarted,
  ItemOpened,
  ItemClosed,
  ItemAbandoned,
  StepEnded,
  CallRequested,
  CallClaimed,
  CallAbandoned,
  CallParked,
  CallDecided,
  CallResolved,
  CallDelegated,
  CallRelayed,
  ProgramCalled,
  ProgramClaimed,
  ProgramReturned,
  CallEnded,
  ApprovalRevoked,
  TurnEnded,
  ContextSummarized,
  MemoryRefused,
  SessionTitled,
  SessionPaused,
  SessionResumed,
  SessionReset,
  BranchSwitched,
  SessionRestored,
  SessionTrashed,
  SessionUntrashed,
  SessionDeleted,
])
export type Event = z.infer<typeof Event>
/** A recorded summary of the oldest turns of a branch. */
export type Summary = Omit<z.infer<typeof ContextSummarized>, 'seq' | 'at' | 'type' | 'origin'>
/** The type of an event: `noun.verbed`. */
export type EventType = Event['type']

/** An event that is decided and not yet recorded, without `seq` and `at`. */
export type Draft = Event extends infer E ? (E extends Event ? Omit<E, 'seq' | 'at'> : never) : never
