/** Every event type of a session's log. The schema is the type, the validation and the documentation. Portable. */
import { z } from 'zod'
import { Role } from '../identity/role.ts'
import { EventId, SessionId, Subject } from '../ids.ts'

const TurnId = z.string().min(1).max(64)
const ItemId = z.string().min(1).max(64)
const CallId = z.string().min(1).max(64)

/** Fields of every recorded event. */
const recorded = z.object({
  seq: z.int().min(1).meta({ description: 'Place in the session; order is `seq`, never time.' }),
  at: z.int().meta({ description: 'Unix milliseconds; never less than the event before.' }),
  origin: z
    .object({ session: SessionId, seq: z.int().min(1) })
    .optional()
    .meta({ description: 'Where a fork copied it from. It has had its effects there.' }),
})

/** String pairs that a client attaches to a message: at most 50 pairs, 8 KB as JSON. */
export const Metadata = z.record(z.string(), z.string())
export type Metadata = z.infer<typeof Metadata>

/** Tokens of one turn, counted by the provider, or by us with `estimated`. */
export const Usage = z.object({
  input_tokens: z.int().min(0),
  output_tokens: z.int().min(0),
  estimated: z.boolean().optional(),
})
export type Usage = z.infer<typeof Usage>

export const Outcome = z.enum(['completed', 'failed', 'cancelled'])
export type Outcome = z.infer<typeof Outcome>

const SessionCreated = recorded
  .extend({
    type: z.literal('session.created'),
    subject: Subject,
    persona_id: z.string().optional(),
    imported_to: z.int().min(1).optional().meta({ description: 'Up to this seq the log was brought along by an import.' }),
  })
  .meta({ id: 'session.created', description: 'The conversation exists, and belongs to `subject`.' })
const TurnAccepted = recorded
  .extend({
    type: z.literal('turn.accepted'),
    turn_id: TurnId,
    event_id: EventId,
    position: z.int().min(0).meta({ description: 'Turns ahead of this one.' }),
    metadata: Metadata.optional(),
    parent_turn_id: TurnId.nullable().optional().meta({ description: 'The turn it follows, if that is not the one before; `null`: none.' }),
    regenerates: TurnId.optional().meta({ description: 'The turn whose message is answered once more.' }),
    role_at_most: Role.optional().meta({ description: 'It may do no more for its user than this role may, whatever theirs is.' }),
  })
  .meta({ id: 'turn.accepted', description: 'A message was taken; it will be answered in its order.' })
const ItemAdded = recorded
  .extend({ type: z.literal('item.added'), turn_id: TurnId, item_id: ItemId, role: z.enum(['user']), text: z.string() })
  .meta({ id: 'item.added', description: 'Something was said whole, by `role`.' })
const TurnStarted = recorded
  .extend({ type: z.literal('turn.started'), turn_id: TurnId })
  .meta({ id: 'turn.started', description: 'The answer is being made.' })
const ItemOpened = recorded
  .extend({ type: z.literal('item.opened'), turn_id: TurnId, item_id: ItemId, role: z.enum(['assistant']) })
  .meta({ id: 'item.opened', description: 'Something is being said; its text comes as `item.delta` frames until `item.closed`.' })
const ItemClosed = recorded
  .extend({
    type: z.literal('item.closed'),
    turn_id: TurnId,
    item_id: ItemId,
    text: z.string(),
    incomplete: z.boolean().optional().meta({ description: 'It was stopped or broke off.' }),
    truncated: z.boolean().optional().meta({ description: 'It reached the size limit of an item.' }),
  })
  .meta({ id: 'item.closed', description: 'The whole text of what was said.' })
const ItemAbandoned = recorded
  .extend({ type: z.literal('item.abandoned'), turn_id: TurnId, item_id: ItemId })
  .meta({ id: 'item.abandoned', description: 'What was said of this item does not count; it will be said again.' })
/** What running a tool again does: nothing, the same effect once, or a new effect each time. */
export const Effect = z.enum(['none', 'idempotent', 'once'])
export type Effect = z.infer<typeof Effect>

/** `unknown`: it was started, and its effect is unknown. `cancelled`: it was never started. */
export const CallOutcome = z.enum(['completed', 'failed', 'denied', 'cancelled', 'unknown'])
export type CallOutcome = z.infer<typeof CallOutcome>

const CallRequested = recorded
  .extend({
    type: z.literal('call.requested'),
    turn_id: TurnId,
    call_id: CallId,
    name: z.string(),
    arguments: z.string().meta({ description: 'JSON, as the model wrote it: it may not be valid.' }),
    effect: Effect,
    timeout_ms: z.int().min(1).meta({ description: 'How long it may take once it was begun.' }),
  })
  .meta({ id: 'call.requested', description: 'The model asks for a tool.' })
const CallClaimed = recorded
  .extend({ type: z.literal('call.claimed'), turn_id: TurnId, call_id: CallId })
  .meta({ id: 'call.claimed', description: 'The tool may be running from here on.' })
const CallAbandoned = recorded
  .extend({ type: z.literal('call.abandoned'), turn_id: TurnId, call_id: CallId })
  .meta({ id: 'call.abandoned', description: 'Whoever ran it is gone; it will be run again, which does no harm.' })
const CallParked = recorded
  .extend({
    type: z.literal('call.parked'),
    turn_id: TurnId,
    call_id: CallId,
    reason: z.string().meta({ description: 'What is to be decided, in words.' }),
    until: z.int().meta({ description: 'When it is denied if nobody decides, Unix milliseconds.' }),
  })
  .meta({ id: 'call.parked', description: 'It waits for an approval, and has not been begun.' })
const CallDecided = recorded
  .extend({ type: z.literal('call.decided'), turn_id: TurnId, call_id: CallId, approved: z.boolean(), by: Subject })
  .meta({ id: 'call.decided', description: 'Someone has approved or declined it.' })
const CallEnded = recorded
  .extend({
    type: z.literal('call.ended'),
    turn_id: TurnId,
    call_id: CallId,
    outcome: CallOutcome,
    text: z.string().meta({ description: 'What the model is told: the result, or why there is none.' }),
  })
  .meta({ id: 'call.ended', description: 'Nothing further will be recorded for this call.' })
const StepEnded = recorded
  .extend({ type: z.literal('step.ended'), turn_id: TurnId, usage: Usage.optional() })
  .meta({ id: 'step.ended', description: 'A call of the model is over and asks for tools; it is never made again.' })
const TurnEnded = recorded
  .extend({
    type: z.literal('turn.ended'),
    turn_id: TurnId,
    outcome: Outcome,
    reason: z.string().optional().meta({ description: 'Why it failed, in words.' }),
    usage: Usage.optional().meta({ description: 'Of all its steps.' }),
  })
  .meta({ id: 'turn.ended', description: 'Nothing further will be recorded for this turn.' })
const MemoryRefused = recorded
  .extend({
    type: z.literal('memory.refused'),
    about: TurnId.meta({ description: 'The turn whose message it was. It has ended: this is no event of it.' }),
    reasons: z.array(z.string()).meta({ description: "Why: the policy's own words, or `memory_full`." }),
  })
  .meta({ id: 'memory.refused', description: 'What was said in that turn is not remembered beyond this conversation.' })
const SessionTitled = recorded
  .extend({ type: z.literal('session.titled'), title: z.string() })
  .meta({ id: 'session.titled', description: 'The conversation was given a title.' })
const SessionPaused = recorded
  .extend({ type: z.literal('session.paused') })
  .meta({ id: 'session.paused', description: 'No further step is begun until `session.resumed`.' })
const SessionResumed = recorded
  .extend({ type: z.literal('session.resumed') })
  .meta({ id: 'session.resumed', description: 'What waited goes on.' })
const SessionReset = recorded
  .extend({ type: z.literal('session.reset') })
  .meta({ id: 'session.reset', description: 'The conversation begins anew; what was said stays in the log, on other branches.' })
const BranchSwitched = recorded
  .extend({ type: z.literal('branch.switched'), turn_id: TurnId })
  .meta({ id: 'branch.switched', description: 'The conversation goes on after `turn_id`.' })
const SessionRestored = recorded
  .extend({
    type: z.literal('session.restored'),
    after: z.int().min(0).meta({ description: 'The last event of the backup; what was recorded between is lost.' }),
    backup: z.string().meta({ description: 'The backup it comes from.' }),
    restored_at: z.int().meta({ description: 'Unix milliseconds; `at` stays that of the event before, so that lists keep their order.' }),
  })
  .meta({ id: 'session.restored', description: 'It was restored from a backup, and goes on here. Copies drop what lies between.' })
const SessionDeleted = recorded
  .extend({ type: z.literal('session.deleted') })
  .meta({ id: 'session.deleted', description: 'The content is gone; copies delete on this event.' })

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
  CallEnded,
  TurnEnded,
  MemoryRefused,
  SessionTitled,
  SessionPaused,
  SessionResumed,
  SessionReset,
  BranchSwitched,
  SessionRestored,
  SessionDeleted,
])
export type Event = z.infer<typeof Event>
export type EventType = Event['type']

/** An event that is decided and not yet recorded, without `seq` and `at`. */
export type Draft = Event extends infer E ? (E extends Event ? Omit<E, 'seq' | 'at'> : never) : never

/** A frame while an item is open. Never recorded: `item.closed` holds the whole text. */
export const Delta = z
  .object({
    type: z.literal('item.delta'),
    turn_id: TurnId,
    item_id: ItemId,
    offset: z.int().min(0).meta({ description: 'UTF-16 units of this item that came before.' }),
    text: z.string(),
    after: z.int().meta({ description: 'The last recorded event before this frame.' }),
  })
  .meta({ id: 'item.delta', description: 'The next piece of the open item.' })
export type Delta = z.infer<typeof Delta>

/** A queue message: this session has events to read, up to at least `seq`. */
export const Doorbell = z.object({ tenant: z.string(), session: SessionId, seq: z.int().min(1) })
export type Doorbell = z.infer<typeof Doorbell>
