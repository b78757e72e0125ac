/**
 * The tool calls that the running turn waits for: who may execute one, and what a failed attempt leads to. An executor may
 * outlive this object. So the facts that decide are on disk: a call's state, token and timer.
 */

import { callAgentName, type DelegateRequest, delegationRefusal, type RelayedAsk, subSessionId } from '../../shared/agent/delegation.ts'
import type { Resolution } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { SessionId, type Subject, TenantId } from '../../shared/ids.ts'
import { jobFields } from '../../shared/log/fields.ts'
import { type OpenCall, timedOut, unknownEffect } from '../../shared/session/call.ts'
import type { Command } from '../../shared/session/command.ts'
import type { SessionState } from '../../shared/session/session.ts'
import type { Ask } from '../../shared/tool/ask.ts'
import { cutResult } from '../../shared/tool/cut-result.ts'
import { type Attempt, type CallResult, type ClaimTerms, type Executor, resultUnits } from '../../shared/tool/executor.ts'
import { logger } from '../logger.ts'
import { CallDecisions } from './call-decisions.ts'
import { callJob, isApproved, isCutOff } from './call-job.ts'
import type { CallRow } from './call-table.ts'
import { Programs } from './programs.ts'
import type { SendMessageInput } from './send-message-input.ts'
import { subMessage } from './sub-message.ts'
import type { Timer } from './timers.ts'
import type { SessionWriter } from './writer.ts'

/** The delay before each attempt at a call. After the last attempt the call fails. Milliseconds. */
const attemptDelaysMs = [0, 1_000, 4_000, 15_000]
/** The calls of a session that run at a time. The others wait. */
const callsAtOnce = 4
/** How long a non-idempotent call accepts a late result after its executor failed. Milliseconds. */
const lateResultMs = 10_000

/** How long after the timeout of a call its executor may report it. Then the object ends the call itself. Milliseconds. */
const reportMs = 5_000
/** How long a turn waits for a user who knows what became of a call that was cut off. Milliseconds: 15 minutes. */
const effectAskMs = 900_000
/** How often the object asks a sub-agent that does not ring: first, and at most. The time doubles. Milliseconds. */
const pollMs = { first: 5_000, most: 120_000 } as const

/** The executor of a call, as this incarnation of the object knows it. */
interface ClaimHolder {
  readonly token: number
  /** Resolves when the result is no longer needed. */
  readonly released: Promise<void>
  readonly release: () => void
}

export class Calls {
  readonly #ctx: DurableObjectState
  readonly #writer: SessionWriter
  readonly #executor: Executor
  /** How long an executor may take to claim a call. */
  readonly #claimMs: number
  /** Called when the last result of a step has arrived. */
  readonly #onStepComplete: () => void
  readonly decisions: CallDecisions
  readonly programs: Programs
  /** Called when the turn that answers a call must be started or read. */
  onDelegated: (callId: string) => void = () => {}
  readonly #holders = new Map<string, ClaimHolder>()

  constructor(ctx: DurableObjectState, writer: SessionWriter, executor: Executor, claimMs: number, onStepComplete: () => void) {
    this.#ctx = ctx
    this.#writer = writer
    this.#executor = executor
    this.#claimMs = claimMs
    this.#onStepComplete = onStepComplete
    this.programs = new Programs(writer, (attempt) => this.#current(attempt, 'claimed'))
    this.decisions = new CallDecisions(writer, executor, {
      schedule: (after, row) => this.#scheduleDecided(after, row),
      onDecided: (callId) => this.#decided(callId),
    })
  }

  /**
   * Recovers after a restart. Fences and requests again every call that has not started or may run twice. A claimed non-idempotent call
   * keeps its token: its result may still arrive before its timer is due.
   */
  recover(): void {
    const { calls } = this.#writer.state
    const repeatable = calls.filter((call) => {
      const row = this.#row(call.call_id)
      if (row?.state === 'delegated') this.#ctx.waitUntil(Promise.resolve().then(() => this.onDelegated(call.call_id)))
      if (!row || row.state === 'delegated' || waitsForUser(row) || (row.state === 'claimed' && this.#isAtMostOnce(row))) return false
      this.#fence(row, row.attempts, this.#claimMs)
      return true
    })
    // Deferred, because calls to other Workers belong to an event and not to the constructor.
    if (repeatable.length > 0) this.#ctx.waitUntil(Promise.resolve().then(() => this.start()))
  }

  /** Puts the timers of new calls. Call inside the transaction that records them. */
  schedule(callIds: readonly string[]): void {
    for (const callId of callIds) this.#writer.timers.put('call', callId, Date.now() + this.#claimMs)
  }

  /** Requests the execution of waiting calls that have no executor yet, while there is room. */
  start(): void {
    this.#startWhere(() => true)
  }

  #startWhere(isReady: (call: OpenCall) => boolean): void {
    for (const call of this.#writer.state.calls) {
      if (this.#holders.size >= callsAtOnce) return
      const isWaiting = call.state === 'waiting' || call.state === 'again'
      if (isWaiting && !this.#holders.has(call.call_id) && isReady(call)) this.#requestExecution(call.call_id)
    }
  }

  /** An executor has become free. A call that failed before waits for its own timer. */
  #startNext(): void {
    this.#startWhere(({ call_id }) => this.#row(call_id)?.attempts === 0)
  }

  #requestExecution(callId: string): void {
    const row = this.#row(callId)
    const job = row && callJob(this.#writer, row)
    if (!job) return
    const { token } = job
    this.#holders.set(callId, claimHolder(token))
    this.#ctx.waitUntil(
      this.#executor
        .execute(job)
        .catch((error) => logger.write('executor.failed', { error, ...jobFields(job), token }))
        .then(() => this.#executorReturned(callId, token)),
    )
  }

  /** Grants the right to execute, and records it. False: another attempt has the call, its result is not needed, or the terms do not hold. */
  claim(attempt: Attempt, terms: ClaimTerms = {}): boolean {
    const row = this.#current(attempt, 'waiting', 'again')
    if (!row) return false
    const { log, timers } = this.#writer
    const { turn_id, call_id } = attempt
    const { timeout_ms, effect } = log.calls.requested(row)
    // An executor of an earlier release would run it again without a check.
    if (isCutOff(row, effect) && !terms.checks) return false
    if (terms.approval && !isApproved(log, row, terms.approval) && !failpoint('run-unapproved')) return false
    this.#execute({ kind: 'claim_call', call_id }, () => {
      if (effect === 'once') log.calls.setApproval(turn_id, call_id, 'used')
      timers.put('call', call_id, Date.now() + timeout_ms + reportMs)
    })
    return true
  }

  /** Resolves when the result of this attempt is no longer needed. Undefined: it is not needed now. */
  released(attempt: Attempt): Promise<void> | undefined {
    if (!this.#current(attempt, 'claimed')) return undefined
    const { call_id, token } = attempt
    const existing = this.#holders.get(call_id)
    if (existing?.token === token) return existing.released
    // An earlier incarnation requested this execution.
    const holder = claimHolder(token)
    this.#holders.set(call_id, holder)
    return holder.released
  }

  /** Ends the attempt until a user decides about the call. After `until`, Unix ms, the call is denied. */
  awaitUser(attempt: Attempt, reason: string, until: number, ask?: Ask): boolean {
    const row = this.#current(attempt, 'waiting', 'again', 'claimed')
    if (!row || isCutOff(row, this.#writer.log.calls.requested(row).effect)) return false
    const { call_id } = attempt
    this.#execute({ kind: 'park_call', call_id, reason, until, ask }, () => this.#writer.timers.put('call', call_id, until))
    this.#release(call_id)
    this.#startNext()
    return true
  }

  /** Hands the call to a sub-agent, or ends it if the turn may call no more of them. False: the call is not needed, or another attempt has it. */
  delegate(attempt: Attempt, request: DelegateRequest): boolean {
    const row = this.#current(attempt, 'claimed')
    if (!row) return false
    const { log, timers } = this.#writer
    const { turn_id, call_id } = attempt
    const turn = log.turn(turn_id)
    const above = (turn && log.turnRequest(turn).delegation?.callers) ?? []
    const agents = log.calls.requestedIn(turn_id).filter(({ name }) => name === callAgentName)
    const refusal = delegationRefusal(
      above,
      agents.findIndex((call) => call.call_id === call_id),
    )
    if (refusal) this.#end(call_id, 'failed', refusal)
    else {
      const session_id = subSessionId(TenantId.parse(log.tenant), SessionId.parse(log.session), turn_id, call_id)
      this.#execute({ kind: 'delegate_call', call_id, session_id, ...request }, () =>
        timers.put('call', call_id, Date.now() + pollMs.first),
      )
      this.#release(call_id)
      this.#startNext()
      this.onDelegated(call_id)
    }
    return true
  }

  /** The message that starts the turn below. Null: no sub-agent works on the call. */
  subSession(callId: string): SendMessageInput | null {
    const row = this.#row(callId)
    return row?.state === 'delegated' ? subMessage(this.#writer, row) : null
  }

  /** Shows what the sub-agent of the call asks a user. */
  relay(callId: string, asks: RelayedAsk | null): void {
    const row = this.#row(callId)
    if (row?.state !== 'delegated') return
    const shown = this.#writer.log.calls.relayed(row)?.asks ?? null
    if (shown?.session_id !== asks?.session_id || shown?.call_id !== asks?.call_id)
      this.#writer.execute({ kind: 'relay_call', call_id: callId, asks })
  }

  /** The sub-agent of the call has ended. */
  endDelegated(callId: string, outcome: CallResult['outcome'], text: string): void {
    if (this.#row(callId)?.state === 'delegated') this.#end(callId, outcome, text)
  }

  /** A user says what became of a call that was cut off. False: no user was asked. */
  resolve(callId: string, outcome: Resolution, by: Subject): boolean {
    const row = this.#row(callId)
    if (row?.state !== 'unresolved') return false
    this.#execute({ kind: 'resolve_call', call_id: callId, outcome, by }, (after) => {
      // The user knows that the approved call had no effect, so the approval still counts.
      if (after.running) this.#writer.log.calls.setApproval(after.running, callId, 'usable')
      this.#scheduleDecided(after, row)
    })
    this.#decided(callId)
    return true
  }

  /** Fences the executor of a call that a user has decided. The call runs again, or it has ended. Call inside a transaction. */
  #scheduleDecided(after: SessionState, { call_id, attempts }: CallRow): void {
    const { log, timers } = this.#writer
    const { running } = after
    if (running && after.calls.some((call) => call.call_id === call_id)) {
      log.calls.fence(running, call_id, attempts)
      timers.put('call', call_id, Date.now() + this.#claimMs)
    } else this.#settle(after, call_id)
  }

  /** A user has decided about the call: it runs now, or its step may be complete. */
  #decided(callId: string): void {
    this.#release(callId)
    if (this.#row(callId)?.state === 'waiting') this.start()
    else this.#checkStepComplete()
  }

  /** Accepts a result. False: it is late, or the attempt was fenced. Repeating the call returns the same value. */
  end(attempt: Attempt, { outcome, text }: CallResult): boolean {
    const row = this.#current(attempt, 'claimed', 'unresolved')
    if (!row) return this.#current(attempt, 'ended') !== undefined
    if (outcome === 'unknown') this.#askEffect(row, text)
    else this.#end(attempt.call_id, outcome, cutResult(text, resultUnits))
    return true
  }

  /** The timer `call` is due: the call is unclaimed, its executor did not return, or no user has decided. */
  onTimer({ key }: Timer): void {
    const { timers } = this.#writer
    const row = this.#row(key)
    if (!row || row.state === 'ended') this.#writer.write(() => timers.drop('call', key))
    else if (row.state === 'parked') this.#end(key, 'denied', this.#isQuestion(row) ? notAnswered : notApproved)
    else if (row.state === 'unresolved') this.#end(key, 'unknown', this.#writer.log.calls.parked(row)?.reason ?? unknownEffect.text)
    else if (row.state === 'delegated') this.#pollAgain(row)
    else if (row.state === 'claimed') this.#timedOut(row)
    else if (this.#holders.has(key)) this.#attemptFailed(row)
    else {
      this.#writer.write(() => timers.put('call', key, Date.now() + this.#claimMs))
      this.start()
    }
  }

  #pollAgain({ call_id }: CallRow): void {
    const { timers } = this.#writer
    const tries = timers.tries('call', call_id) ?? 0
    const afterMs = Math.min(pollMs.most, pollMs.first * 2 ** (tries + 1))
    this.#writer.write(() => timers.put('call', call_id, Date.now() + afterMs, tries + 1))
    this.onDelegated(call_id)
  }

  /** A claimed call has no result in time. After a failed executor, or a restart, the time of a non-idempotent call was shorter. */
  #timedOut(row: CallRow): void {
    const { effect, timeout_ms } = this.#writer.log.calls.requested(row)
    const isHeld = this.#holders.has(row.call_id)
    const { outcome, text } = isHeld || effect !== 'once' ? timedOut(effect, timeout_ms) : unknownEffect
    if (outcome === 'unknown') this.#cutOff(row, text)
    else this.#end(row.call_id, outcome, text)
  }

  /** Stops every executor: its result is no longer needed. */
  release(): void {
    for (const callId of [...this.#holders.keys()]) this.#release(callId)
  }

  #release(callId: string): void {
    this.#holders.get(callId)?.release()
    this.#holders.delete(callId)
  }

  /** The executor has returned or failed. It has reported any result before. */
  #executorReturned(callId: string, token: number): void {
    const row = this.#row(callId)
    if (this.#holders.get(callId)?.token !== token || row?.token !== token) return
    this.#release(callId)
    if (waitsForUser(row) || row.state === 'ended') return
    if (row.state === 'claimed' && this.#isAtMostOnce(row))
      this.#writer.write(() => this.#writer.timers.moveForward('call', callId, Date.now() + lateResultMs))
    else this.#attemptFailed(row)
  }

  /** A non-idempotent call was cut off. Its tool checks what became of the effect, if it can; else a user is asked. */
  #cutOff(row: CallRow, reason: string): void {
    const { checks } = this.#writer.log.calls.requested(row)
    if (checks && attemptDelaysMs[row.attempts + 1] !== undefined) this.#attemptFailed(row)
    else this.#askEffect(row, reason)
  }

  /** Asks a user what became of the effect. Until then a late result is still accepted. */
  #askEffect({ call_id, state }: CallRow, reason: string): void {
    if (state === 'unresolved') return
    const until = Date.now() + effectAskMs
    this.#execute({ kind: 'park_call', call_id, reason, until, ask: { ask: 'effect' } }, () =>
      this.#writer.timers.put('call', call_id, until),
    )
    this.#release(call_id)
    this.#startNext()
  }

  #isQuestion(row: CallRow): boolean {
    return this.#writer.log.calls.parked(row)?.ask === 'question'
  }

  /** Schedules the next attempt with a longer delay. After the last attempt the call fails. */
  #attemptFailed(row: CallRow): void {
    const attempts = row.attempts + 1
    const delayMs = attemptDelaysMs[attempts]
    if (delayMs === undefined) this.#end(row.call_id, 'failed', `It could not be run: ${attempts} attempts failed.`)
    else {
      this.#fence(row, attempts, delayMs)
      this.#startNext()
    }
  }

  /** Fences the current attempt. The call's timer is due after `delayMs`. */
  #fence(row: CallRow, attempts: number, delayMs: number): void {
    const { log, timers, state } = this.#writer
    const { running } = state
    if (!running) return
    this.#release(row.call_id)
    this.#execute({ kind: 'abandon_call', call_id: row.call_id }, () => {
      log.calls.fence(running, row.call_id, attempts)
      timers.put('call', row.call_id, Date.now() + delayMs)
    })
  }

  #end(callId: string, outcome: CallResult['outcome'], text: string): void {
    this.#execute({ kind: 'end_call', call_id: callId, outcome, text }, (after) => this.#settle(after, callId))
    this.#release(callId)
    this.#checkStepComplete()
  }

  /** Drops the call's timer. The last call of a step also makes its turn due, unless the session is paused. Call inside a transaction. */
  #settle({ calls, running, paused }: SessionState, callId: string): void {
    const { timers } = this.#writer
    timers.drop('call', callId)
    if (running && calls.length === 0 && !paused && !failpoint('forget-step')) timers.put('turn', '', Date.now())
  }

  #checkStepComplete(): void {
    if (this.#writer.state.calls.length === 0) this.#onStepComplete()
    else this.#startNext()
  }

  #execute(command: Command, afterEvents: (state: SessionState) => void): void {
    this.#writer.execute(command, { afterEvents })
  }

  /** Whether the tool is non-idempotent, so an attempt with an unknown result must not be repeated. */
  #isAtMostOnce(row: CallRow): boolean {
    return this.#writer.log.calls.requested(row).effect === 'once' && !failpoint('repeat-once')
  }

  /** The row of the attempt, if its token is the newest and its state is one of `states`. */
  #current({ turn_id, call_id, token }: Attempt, ...states: CallRow['state'][]): CallRow | undefined {
    const row = this.#writer.log.calls.row(turn_id, call_id)
    if (!row || !states.includes(row.state) || (row.token !== token && !failpoint('ignore-call-token'))) return undefined
    return row
  }

  #row(callId: string): CallRow | undefined {
    const { log, state } = this.#writer
    return state.running ? log.calls.row(state.running, callId) : undefined
  }
}

const notApproved = 'It was not approved in time.'
const notAnswered = 'The user did not answer in time.'

/** Whether the call waits for a user, and nothing runs. */
const waitsForUser = ({ state }: CallRow): boolean => state === 'parked' || state === 'unresolved'

function claimHolder(token: number): ClaimHolder {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { token, released: promise, release: resolve }
}
