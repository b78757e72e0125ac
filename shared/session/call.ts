/** The state machine of a turn's tool calls. Pure. The object decides who may run a call, and until when. */
import { limits } from '../api/limits.ts'
import type { CallOutcome, Draft, Effect, Event } from '../events/event.ts'
import type { Subject } from '../ids.ts'
import { cutText } from '../lib/cut-text.ts'

/**
 * A tool call that the running turn waits for. `waiting`: not started. `claimed`: may be running. `again`: started, and must run once more.
 * `parked`: waits for an approval.
 */
export interface OpenCall {
  readonly call_id: string
  readonly state: 'waiting' | 'claimed' | 'again' | 'parked'
}

/** A tool call that the model requests. */
export interface RequestedCall {
  readonly call_id: string
  readonly name: string
  /** JSON as the model wrote it. */
  readonly arguments: string
  readonly effect: Effect
  readonly timeout_ms: number
  /** The provider's own fields of the call, as JSON. */
  readonly provider_fields?: string | undefined
}

/** A command on one tool call of the running turn. */
export type CallCommand =
  /** An executor is about to run the call. */
  | { readonly kind: 'claim_call'; readonly call_id: string }
  /** The executor of the call failed. */
  | { readonly kind: 'abandon_call'; readonly call_id: string }
  | { readonly kind: 'park_call'; readonly call_id: string; readonly reason: string; readonly until: number }
  | { readonly kind: 'decide_call'; readonly call_id: string; readonly approved: boolean; readonly by: Subject }
  | { readonly kind: 'end_call'; readonly call_id: string; readonly outcome: CallOutcome; readonly text: string }

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
      return state === 'claimed'
        ? [{ type: 'call.parked', ...call, reason: cutText(command.reason, limits.reasonUnits), until: command.until }]
        : []
    case 'decide_call': {
      if (state !== 'parked') return []
      const decided: Draft = { type: 'call.decided', ...call, approved: command.approved, by: command.by }
      return command.approved ? [decided] : [decided, { type: 'call.ended', ...call, ...declined }]
    }
    case 'end_call':
      return state ? [{ type: 'call.ended', ...call, outcome: command.outcome, text: command.text }] : []
  }
}

const declined = { outcome: 'denied', text: 'The user declined this.' } as const

/** Ends each of `calls` when their turn stops. A started call may have had its effect, so its outcome is unknown. */
export const stopCalls = (turn_id: string, calls: Calls): Draft[] =>
  calls.map(({ call_id, state }) => ({
    type: 'call.ended',
    turn_id,
    call_id,
    ...(state === 'claimed' || state === 'again' ? unknownEffect : neverStarted),
  }))

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
      return withState('parked')
    case 'call.abandoned':
      return withState('again')
    case 'call.decided':
      return withState('waiting')
    case 'call.ended':
      return calls.filter(({ call_id }) => call_id !== event.call_id)
  }
}
