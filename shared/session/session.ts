/**
 * The rules of a conversation: the events of a command, and the state after events. Pure: no clock, no storage, no model. A session object
 * keeps the state in memory, and tables that equal the fold over its log.
 */
import { limits } from '../api/limits.ts'
import type { Draft, Event, Usage } from '../events/event.ts'
import type { Subject } from '../ids.ts'
import { cutText } from '../lib/cut-text.ts'
import { addUsage } from '../model/usage.ts'
import type { Failure } from '../problem.ts'
import { fail, ok, type Result } from '../result.ts'
import { acceptCall, foldCalls, type OpenCall, type RequestedCall, stopCalls } from './call.ts'
import type { Command, Ending } from './command.ts'
import { type ItemRef, itemRef, reasoningKind } from './frame.ts'
import { titleFrom } from './plain-title.ts'

/** The state of a conversation. Ended turns leave it; read their outcome from the log. */
export interface SessionState {
  readonly seq: number
  readonly at: number
  /** The owner; null: the session does not exist. */
  readonly subject: Subject | null
  readonly title: string
  readonly createdAt: number
  readonly lastTurnId: string | null
  /** The last turn of the active branch, which the next message follows; null: none. */
  readonly head: string | null
  /** The session is paused: no further step starts. */
  readonly paused: boolean
  /** Turns that have not ended, oldest first. */
  readonly turns: readonly string[]
  /** The first of `turns`, after it started. */
  readonly running: string | null
  readonly open: ItemRef | null
  /** Tools that the running turn waits for. */
  readonly calls: readonly OpenCall[]
  /** Completed model calls of the running turn, and their usage. */
  readonly modelCalls: number
  readonly usage: Usage | null
  /** When the content of a deleted session is erased, Unix ms. Until then, the session can be restored. Null: it is not deleted so. */
  readonly eraseAt: number | null
  readonly deleted: boolean
}

/** Whether no client can read the session or write to it, for good or until it is restored. */
export const isGone = ({ deleted, eraseAt }: Pick<SessionState, 'deleted' | 'eraseAt'>): boolean => deleted || eraseAt !== null

/** The state before the first event. */
export const emptySession: SessionState = {
  seq: 0,
  at: 0,
  subject: null,
  title: '',
  createdAt: 0,
  lastTurnId: null,
  head: null,
  paused: false,
  turns: [],
  running: null,
  open: null,
  calls: [],
  modelCalls: 0,
  usage: null,
  eraseAt: null,
  deleted: false,
}

/** What a session accepts that is deleted and can be restored. */
const trashCommands: ReadonlySet<Command['kind']> = new Set(['trash', 'untrash', 'delete'])

/** The events of `command`, or why it is refused. No events: nothing to change. */
export function accept(session: SessionState, command: Command): Result<Draft[], Failure> {
  const isAllowed = !isGone(session) || (!session.deleted && trashCommands.has(command.kind))
  if (!isAllowed) return fail({ kind: 'session_deleted' })
  switch (command.kind) {
    case 'post':
      return postMessage(session, command)
    case 'title':
      return ok([{ type: 'session.titled', title: command.title }])
    case 'delete':
      return ok([{ type: 'session.deleted' }])
    case 'trash':
      if (session.eraseAt !== null) return ok([])
      return ok([...endAll(session, command.interrupted), { type: 'session.trashed', erase_after_ms: command.erase_after_ms }])
    case 'untrash':
      return ok(session.eraseAt === null ? [] : [{ type: 'session.untrashed' }])
    case 'pause':
      return ok(session.paused ? [] : [{ type: 'session.paused' }])
    case 'resume':
      return ok(session.paused ? [{ type: 'session.resumed' }] : [])
    case 'reset':
      return session.turns.length > 0 ? fail(inProgress(session)) : ok(session.head === null ? [] : [{ type: 'session.reset' }])
    case 'switch':
      if (isStale(session, command.expected_seq)) return fail({ kind: 'version_conflict', seq: session.seq })
      return ok(session.head === command.turn_id ? [] : [{ type: 'branch.switched', turn_id: command.turn_id }])
    case 'refuse_memory':
      return ok([{ type: 'memory.refused', about: command.turn_id, reasons: command.reasons.map(cutReason) }])
    case 'cancel':
      return cancel(session, command)
    case 'start': {
      const next = session.turns[0]
      if (!next || session.running || session.paused) return ok([])
      return ok([{ type: 'turn.started', turn_id: next }, openItem(next, command.item_id)])
    }
    case 'start_call':
      return ok(startCall(session, command.call))
    case 'open':
      return ok(session.running && !session.open ? [openItem(session.running, command.item_id)] : [])
    case 'abandon':
      return ok(session.open ? [abandonItem(session.open)] : [])
    case 'restart':
      return ok(session.running && session.open ? [abandonItem(session.open), openItem(session.running, command.item_id)] : [])
    case 'think':
      return ok(think(session, command.item_id))
    case 'answer':
      return ok(answer(session, command))
    case 'step':
      return ok(step(session, command))
    case 'summarize': {
      const { kind: _, ...summary } = command
      return ok(session.running ? [{ type: 'context.summarized', turn_id: session.running, ...summary }] : [])
    }
    case 'claim_call':
    case 'abandon_call':
    case 'park_call':
    case 'decide_call':
    case 'resolve_call':
    case 'delegate_call':
    case 'relay_call':
    case 'keep_program':
    case 'claim_program_call':
    case 'end_program_call':
    case 'end_call':
      return ok(session.running ? acceptCall(session.running, session.calls, command) : [])
    case 'revoke_approval':
      return ok([{ type: 'approval.revoked', tool: command.tool, by: command.by }])
    case 'end':
      return ok(end(session, command))
  }
}

function postMessage(session: SessionState, command: Extract<Command, { kind: 'post' }>): Result<Draft[], Failure> {
  const {
    subject,
    turn_id,
    item_id,
    event_id,
    text,
    attachments,
    persona_id,
    model,
    response_format,
    metadata,
    on_conflict,
    parent_turn_id,
    regenerates,
    role_at_most,
    tool,
    delegation,
  } = command
  if (session.subject && session.subject !== subject) return fail({ kind: 'not_found' })
  if (isStale(session, command.expected_seq)) return fail({ kind: 'version_conflict', seq: session.seq })
  if (on_conflict === 'reject' && session.turns.length > 0) return fail(inProgress(session))
  if (on_conflict !== 'interrupt' && session.turns.length > limits.queuedTurns)
    return fail({ kind: 'queue_full', limit: limits.queuedTurns })
  const created: Draft[] = session.subject
    ? []
    : [
        {
          type: 'session.created',
          subject,
          ...(persona_id && { persona_id }),
          ...(metadata?.memory === 'off' && { memory: 'off' as const }),
          ...(delegation && { parent_session: delegation.session_id }),
        },
      ]
  const ended = on_conflict === 'interrupt' ? endAll(session, command.interrupted) : []
  return ok([
    ...created,
    ...ended,
    {
      type: 'turn.accepted',
      turn_id,
      event_id,
      position: on_conflict === 'interrupt' ? 0 : session.turns.length,
      ...(metadata && { metadata }),
      ...(parent_turn_id !== undefined && parent_turn_id !== session.head && { parent_turn_id }),
      ...(regenerates && { regenerates }),
      ...(role_at_most && { role_at_most }),
      ...(session.subject && persona_id && { persona_id }),
      ...(model && { model }),
      ...(tool && { tool }),
      ...(delegation && { delegation }),
      ...(response_format && { response_format }),
    },
    { type: 'item.added', turn_id, item_id, role: 'user', text, ...(attachments?.length && { attachments: [...attachments] }) },
  ])
}

function startCall({ turns: [turn_id], running, paused }: SessionState, call: RequestedCall): Draft[] {
  if (!turn_id || running || paused) return []
  return [
    { type: 'turn.started', turn_id },
    { type: 'call.requested', turn_id, ...call },
    { type: 'step.ended', turn_id },
  ]
}

const isStale = (session: SessionState, expected: number | undefined): boolean => expected !== undefined && expected !== session.seq

const inProgress = ({ turns }: SessionState): Failure => ({ kind: 'turn_in_progress', turn_id: turns[0] ?? '' })

/** Cancels every unfinished turn, the running one first. */
function endAll(session: SessionState, interrupted: Pick<Ending, 'text' | 'usage' | 'answered_by'>): Draft[] {
  const waiting = session.turns.filter((turn) => turn !== session.running)
  return [
    ...end(session, { ...interrupted, outcome: 'cancelled' }),
    ...waiting.map((turn_id): Draft => ({ type: 'turn.ended', turn_id, outcome: 'cancelled' })),
  ]
}

function cancel(session: SessionState, { turn_id, ...partial }: Extract<Command, { kind: 'cancel' }>): Result<Draft[], Failure> {
  if (!session.turns.includes(turn_id)) return fail({ kind: 'not_found' })
  if (session.running === turn_id) return ok(end(session, { ...partial, outcome: 'cancelled' }))
  return ok([{ type: 'turn.ended', turn_id, outcome: 'cancelled' }])
}

const openItem = (turn_id: string, item_id: string): Draft => ({ type: 'item.opened', turn_id, item_id, role: 'assistant' })

const abandonItem = ({ turn_id, item_id }: ItemRef): Draft => ({ type: 'item.abandoned', turn_id, item_id })

function think({ running, open }: SessionState, item_id: string): Draft[] {
  if (!running || open?.kind === reasoningKind) return []
  const before: Draft[] = open ? [{ type: 'item.abandoned', turn_id: open.turn_id, item_id: open.item_id, replaced: true }] : []
  return [...before, { type: 'item.opened', turn_id: running, item_id, role: 'assistant', kind: reasoningKind }]
}

function answer({ running, open }: SessionState, { item_id, text, truncated }: Extract<Command, { kind: 'answer' }>): Draft[] {
  if (!running || open?.kind !== reasoningKind) return []
  const before = text === '' ? abandonItem(open) : closeItem(open, { text, incomplete: false, truncated })
  return [before, openItem(running, item_id)]
}

function step({ running, open }: SessionState, { text, usage, answered_by, calls }: Extract<Command, { kind: 'step' }>): Draft[] {
  if (!running || !open) return []
  // A step without text only requests tools.
  const end = closeItem(open, { text, incomplete: text === '' })
  const requested = calls.map((call): Draft => ({ type: 'call.requested', turn_id: running, ...call }))
  return [end, ...requested, { type: 'step.ended', turn_id: running, ...(usage && { usage }), ...(answered_by && { answered_by }) }]
}

const cutReason = (reason: string): string => cutText(reason, limits.reasonUnits)

/** Ends the running turn. An open item is closed first, marked if it is incomplete, and dropped if it is empty. */
function end(session: SessionState, { text, truncated, outcome, reason, detail, usage, answered_by, context }: Ending): Draft[] {
  const { running, open, calls, usage: before } = session
  if (!running) return []
  const isIncomplete = outcome !== 'completed'
  const closingEvent = open && closeItem(open, { text, incomplete: isIncomplete, truncated })
  const total = sumUsage(before, usage)
  const texts = { ...(reason && { reason: cutReason(reason) }), ...(detail && { detail: cutReason(detail) }) }
  const facts = { ...(total && { usage: total }), ...(answered_by && { answered_by }), ...(context && { context }) }
  const ended: Draft = { type: 'turn.ended', turn_id: running, outcome, ...texts, ...facts }
  return [...(closingEvent ? [closingEvent] : []), ...stopCalls(running, calls), ended]
}

/** The sum of the usages that are known. */
const sumUsage = (a: Usage | null, b: Usage | null | undefined): Usage | null => (a && b ? addUsage(a, b) : (a ?? b ?? null))

function closeItem(
  open: NonNullable<SessionState['open']>,
  ending: { text: string; incomplete: boolean; truncated?: boolean | undefined },
): Draft {
  const { text, incomplete, truncated } = ending
  if (incomplete && text === '') return abandonItem(open)
  const { turn_id, item_id, kind } = open
  const content = kind === reasoningKind ? { kind, text: '', reasoning: text } : { text }
  return { type: 'item.closed', turn_id, item_id, ...content, ...(incomplete && { incomplete }), ...(truncated && { truncated }) }
}

/** `session` after `event`. An unknown type changes only the position. */
export function fold(session: SessionState, event: Event): SessionState {
  const { seq, at } = event
  const next = { ...session, seq, at }
  switch (event.type) {
    case 'session.created':
      return { ...next, subject: event.subject, createdAt: at }
    case 'turn.accepted':
      return { ...next, turns: [...session.turns, event.turn_id], lastTurnId: event.turn_id, head: event.turn_id }
    case 'item.added':
      return session.title ? next : { ...next, title: titleFrom(event.text) }
    case 'turn.started':
      return { ...next, running: event.turn_id, modelCalls: 0, usage: null }
    case 'item.opened':
      return { ...next, open: itemRef(event) }
    case 'item.closed':
    case 'item.abandoned':
      return { ...next, open: null }
    case 'step.ended':
      return { ...next, modelCalls: session.modelCalls + 1, usage: sumUsage(session.usage, event.usage) }
    case 'call.requested':
    case 'call.claimed':
    case 'call.abandoned':
    case 'call.parked':
    case 'call.decided':
    case 'call.resolved':
    case 'call.delegated':
    case 'call.relayed':
    case 'program.called':
    case 'program.claimed':
    case 'program.returned':
    case 'call.ended':
      return { ...next, calls: foldCalls(session.calls, event) }
    case 'turn.ended': {
      const turns = session.turns.filter((turn) => turn !== event.turn_id)
      return session.running === event.turn_id ? { ...next, turns, running: null, modelCalls: 0, usage: null } : { ...next, turns }
    }
    case 'session.titled':
      return { ...next, title: event.title }
    case 'session.paused':
      return { ...next, paused: true }
    case 'session.resumed':
      return { ...next, paused: false }
    case 'session.reset':
      return { ...next, head: null }
    case 'branch.switched':
      return { ...next, head: event.turn_id }
    case 'session.trashed':
      return { ...next, eraseAt: at + event.erase_after_ms }
    case 'session.untrashed':
      return { ...next, eraseAt: null }
    case 'session.deleted':
      return {
        ...next,
        deleted: true,
        eraseAt: null,
        title: '',
        turns: [],
        running: null,
        open: null,
        head: null,
        calls: [],
        modelCalls: 0,
        usage: null,
      }
    default:
      return next
  }
}
