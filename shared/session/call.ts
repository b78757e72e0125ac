/** The state machine of a turn's tool calls. Pure. The object decides who may run a call, and until when. */
import type { DelegateRequest, RelayedAsk } from '../agent/delegation.ts'
import { limits } from '../api/limits.ts'
import type { ProgramCall } from '../code/program.ts'
import type { CallOutcome, Draft, Effect, Event, Resolution } from '../events/event.ts'
import type { SessionId, Subject } from '../ids.ts'
import { cutText } from '../lib/cut-text.ts'
import type { Ask } from '../tool/ask.ts'

/**
 * A tool call that the running turn waits for. `waiting`: not started. `claimed`: may be running. `again`: started, and must run once more.
 * `parked`: waits for an approval or an answer. `unresolved`: was cut off, and waits for a user who knows its effect.
 * `delegated`: a sub-agent answers it.
 */
export interface OpenCall {
  readonly call_id: string
  readonly state: 'waiting' | 'claimed' | 'again' | 'parked' | 'unresolved' | 'delegated'
}

/** A tool call that the model requests. */
export interface RequestedCall {
  readonly call_id: string
  readonly name: string
  /** JSON as the model wrote it. */
  readonly arguments: string
  readonly effect: Effect
  readonly timeout_ms: number
  /** The tool can check what became of a run that was cut off. */
  readonly checks?: true | undefined
  /** The provider's own fields of the call, as JSON. */
  readonly provider_fields?: string | undefined
}

/** A command on one tool call of the running turn. */
export type CallCommand =
  /** An executor is about to run the call. */
  | { readonly kind: 'claim_call'; readonly call_id: string }
  /** The executor of the call failed. */
  | { readonly kind: 'abandon_call'; readonly call_id: string }
  | {
      readonly kind: 'park_call'
      readonly call_id: string
      readonly reason: string
      readonly until: number
      readonly ask?: Ask | undefined
    }
  | ({ readonly kind: 'decide_call'; readonly call_id: string } & Decision)
  | { readonly kind: 'resolve_call'; readonly call_id: string; readonly outcome: Resolution; readonly by: Subject }
  | ({ readonly kind: 'delegate_call'; readonly call_id: string; readonly session_id: SessionId } & DelegateRequest)
  | { readonly kind: 'relay_call'; readonly call_id: string; readonly asks: RelayedAsk | null }
  /** The program of the call waits for these calls. */
  | { readonly kind: 'keep_program'; readonly call_id: string; readonly calls: readonly ProgramCall[] }
  | { readonly kind: 'claim_program_call'; readonly call_id: string; readonly id: number }
  | ({ readonly kind: 'end_program_call'; readonly call_id: string; readonly id: number } & ProgramResult)
  | { readonly kind: 'end_call'; readonly call_id: string; readonly outcome: CallOutcome; readonly text: string }

/** A user's decision, as `call.decided` records it. */
export type Decision = Omit<Extract<Draft, { type: 'call.decided' }>, 'type' | 'turn_id' | 'call_id' | 'origin'>

interface ProgramResult {
  readonly outcome: CallOutcome
  readonly text: string
}

type Calls = readonly OpenCall[]
type CallEvent = Extract<Event, { readonly call_id: string }>

/** The events of a command on one of the `calls` of `turn_id`. A command that does not fit the call's state changes nothing. */
export function acceptCall(turn_id: string, calls: Calls, command: CallCommand): Draft[] {
  const { call_id } = command
  const state = calls.find((call) => call.call_id === call_id)?.state
  const call = { turn_id, call_id }
  switch (command.kind) {
    case 'claim_call':
      return state === 'waiting' || state === 'again' ? [{ type: 'call.claimed', ...call }] : []
    case 'abandon_call':
      return state === 'claimed' ? [{ type: 'call.abandoned', ...call }] : []
    case 'park_call':
      // Without a state: no such call. An unresolved one may have had its effect.
      return state === undefined || state === 'unresolved'
        ? []
        : [{ type: 'call.parked', ...call, reason: cutText(command.reason, limits.reasonUnits), until: command.until, ...command.ask }]
    case 'decide_call': {
      if (state !== 'parked') return []
      const { kind: _, ...decision } = command
      const decided: Draft = { type: 'call.decided', turn_id, ...decision }
      if (!command.approved) return [decided, { type: 'call.ended', ...call, outcome: 'denied', text: declinedText(command.reason) }]
      if (command.answer === undefined) return [decided]
      return [decided, { type: 'call.ended', ...call, outcome: 'completed', text: command.answer }]
    }
    case 'resolve_call': {
      if (state !== 'unresolved') return []
      const resolved: Draft = { type: 'call.resolved', ...call, outcome: command.outcome, by: command.by }
      return command.outcome === 'again' ? [resolved] : [resolved, { type: 'call.ended', ...call, ...resolvedEnds[command.outcome] }]
    }
    case 'delegate_call': {
      const { session_id, persona_id, message, caller } = command
      return state === 'claimed' ? [{ type: 'call.delegated', ...call, session_id, persona_id, message, caller }] : []
    }
    case 'relay_call':
      return state === 'delegated' ? [{ type: 'call.relayed', ...call, asks: command.asks }] : []
    case 'keep_program':
      return state === 'claimed'
        ? command.calls.map(({ id, name, arguments: args }) => ({ type: 'program.called', ...call, id, name, arguments: args }))
        : []
    case 'claim_program_call':
      return state === 'claimed' ? [{ type: 'program.claimed', ...call, id: command.id }] : []
    case 'end_program_call': {
      const { id, outcome, text } = command
      return state === 'claimed' ? [{ type: 'program.returned', ...call, id, outcome, text }] : []
    }
    case 'end_call':
      return state ? [{ type: 'call.ended', ...call, outcome: command.outcome, text: command.text }] : []
  }
}

const declinedText = (reason: string | undefined): string =>
  reason ? `The user declined this. Their reason: ${reason}` : 'The user declined this.'

const resolvedEnds = {
  happened: {
    outcome: 'completed',
    text: 'It was interrupted while it ran. The user confirmed that it took effect. It returned no result.',
  },
  given_up: {
    outcome: 'unknown',
    text: 'It was interrupted while it ran. The user was asked, and does not know whether it took effect. Do not repeat it unasked.',
  },
} as const satisfies Record<string, { outcome: CallOutcome; text: string }>

/** Ends each of `calls` when their turn stops. A started call may have had its effect, so its outcome is unknown. */
export const stopCalls = (turn_id: string, calls: Calls): Draft[] =>
  calls.map(({ call_id, state }) => ({
    type: 'call.ended',
    turn_id,
    call_id,
    ...(state === 'delegated'
      ? stoppedAgent
      : state === 'claimed' || state === 'again' || state === 'unresolved'
        ? unknownEffect
        : neverStarted),
  }))

const stoppedAgent = {
  outcome: 'unknown',
  text: 'It was stopped while a sub-agent worked on it. What that one did before stays done.',
} as const

/** The result text of a call that was started and never returned. */
export const unknownEffect = { outcome: 'unknown', text: 'It was interrupted while it ran. Whether it took effect is unknown.' } as const

/** The result of a call that ran longer than its tool may. A non-idempotent tool may have taken effect. */
export function timedOut(effect: Effect, timeout_ms: number): { outcome: 'failed' | 'unknown'; text: string } {
  const text = `It timed out after ${timeout_ms / 1_000} s.`
  return effect === 'once' ? { outcome: 'unknown', text: `${text} Whether it took effect is unknown.` } : { outcome: 'failed', text }
}
const neverStarted = { outcome: 'cancelled', text: 'It was stopped before it started.' } as const

/** `calls` after `event`. */
export function foldCalls(calls: Calls, event: CallEvent): Calls {
  const withState = (state: OpenCall['state']) => calls.map((call) => (call.call_id === event.call_id ? { ...call, state } : call))
  switch (event.type) {
    case 'call.requested':
      return [...calls, { call_id: event.call_id, state: 'waiting' }]
    case 'call.claimed':
      return withState('claimed')
    case 'call.parked':
      return withState(event.ask === 'effect' ? 'unresolved' : 'parked')
    case 'call.abandoned':
      return withState('again')
    case 'call.delegated':
      return withState('delegated')
    case 'call.relayed':
    case 'program.called':
    case 'program.claimed':
    case 'program.returned':
      return calls
    case 'call.decided':
    case 'call.resolved':
      return withState('waiting')
    case 'call.ended':
      return calls.filter(({ call_id }) => call_id !== event.call_id)
  }
}
