/**
 * The tools that the running turn waits for: who may run one, and what becomes of an attempt. An executor works elsewhere and may
 * outlive this object, so what decides is on disk: a call's state, its token, and when to look again.
 */

import { failpoint } from '../../shared/failpoints.ts'
import type { Subject } from '../../shared/ids.ts'
import { logFault } from '../../shared/log.ts'
import { unknownEffect } from '../../shared/session/call.ts'
import type { SessionState } from '../../shared/session/session.ts'
import { type Attempt, type CallResult, type Executor, resultUnits } from '../../shared/tool/executor.ts'
import type { CallRow } from './call-table.ts'
import type { Timer } from './timers.ts'
import type { SessionWriter } from './writer.ts'

/** The wait before each attempt at a call; when they are used up, it has failed. Milliseconds. */
const attemptDelaysMs = [0, 1_000, 4_000, 15_000]
/** How long the result of a tool that must not run twice may still come in after its executor is gone. Milliseconds. */
const lateResultMs = 10_000

/** Who runs a call for this incarnation of the object. */
interface ClaimHolder {
  readonly token: number
  /** Resolves when nobody wants the result any more. */
  readonly released: Promise<void>
  readonly release: () => void
}

export class Calls {
  readonly #ctx: DurableObjectState
  readonly #writer: SessionWriter
  readonly #executor: Executor
  /** How long an attempt may take to be claimed. */
  readonly #claimMs: number
  /** Called when the last result of a step is in. */
  readonly #onStepComplete: () => void
  readonly #holders = new Map<string, ClaimHolder>()

  constructor(ctx: DurableObjectState, writer: SessionWriter, executor: Executor, claimMs: number, onStepComplete: () => void) {
    this.#ctx = ctx
    this.#writer = writer
    this.#executor = executor
    this.#claimMs = claimMs
    this.#onStepComplete = onStepComplete
  }

  /**
   * A new incarnation. What was not begun, or may be run again, is fenced and asked for again at once; the result of what must not
   * run twice may still come in until its deadline.
   */
  recover(): void {
    const { calls } = this.#writer.state
    const again = calls.filter((call) => {
      const row = this.#row(call.call_id)
      if (!row || row.state === 'parked' || (row.state === 'claimed' && this.#isAtMostOnce(row))) return false
      this.#fence(row, row.attempts, this.#claimMs)
      return true
    })
    // Once the constructor is through: calls to others belong to an event, not to it.
    if (again.length > 0) this.#ctx.waitUntil(Promise.resolve().then(() => this.start()))
  }

  /** Belongs into the transaction that asks for `callIds`. */
  schedule(callIds: readonly string[]): void {
    for (const callId of callIds) this.#writer.timers.put('call', callId, Date.now() + this.#claimMs)
  }

  /** Asks the executor for every call that waits and that nobody was asked for yet. */
  start(): void {
    for (const { call_id, state } of this.#writer.state.calls)
      if ((state === 'waiting' || state === 'again') && !this.#holders.has(call_id)) this.#ask(call_id)
  }

  #ask(callId: string): void {
    const { log, state } = this.#writer
    const row = this.#row(callId)
    if (!row || !state.running) return
    const { token } = row
    const { name, arguments: args } = log.calls.requested(row)
    const { tenant, session } = log
    const subject = state.subject ?? ''
    const approved = row.approved === 1
    this.#holders.set(callId, claimHolder(token))
    const turn = log.turn(state.running)
    const role_at_most = turn && log.turnRequest(turn).role_at_most
    const job = { tenant, session, subject, role_at_most, turn_id: state.running, call_id: callId, token, name, arguments: args, approved }
    this.#ctx.waitUntil(
      this.#executor
        .execute(job)
        .catch((error) => logFault('executor.failed', error, { session, call: callId, token }))
        .then(() => this.#executorReturned(callId, token)),
    )
  }

  /** The right to begin; on disk when it answers. */
  claim(attempt: Attempt): boolean {
    const row = this.#current(attempt, 'waiting', 'again')
    if (!row) return false
    const { call_id } = attempt
    const { timeout_ms } = this.#writer.log.calls.requested(row)
    this.#writer.execute({ kind: 'claim_call', call_id }, () => this.#writer.timers.put('call', call_id, Date.now() + timeout_ms))
    return true
  }

  /** Resolves when the result of this attempt is not wanted any more. */
  released(attempt: Attempt): Promise<void> | undefined {
    if (!this.#current(attempt, 'claimed')) return undefined
    const { call_id, token } = attempt
    const known = this.#holders.get(call_id)
    if (known?.token === token) return known.released
    // Asked by whom an earlier incarnation had asked.
    const anew = claimHolder(token)
    this.#holders.set(call_id, anew)
    return anew.released
  }

  /** The attempt ends here: someone must approve it by `until`. */
  awaitApproval(attempt: Attempt, reason: string, until: number): boolean {
    if (!this.#current(attempt, 'claimed')) return false
    const { call_id } = attempt
    this.#writer.execute({ kind: 'park_call', call_id, reason, until }, () => this.#writer.timers.put('call', call_id, until))
    this.#release(call_id)
    return true
  }

  /** False: it does not wait for a decision. */
  decide(callId: string, approved: boolean, by: Subject): boolean {
    const { log, timers } = this.#writer
    const row = this.#row(callId)
    if (row?.state !== 'parked') return false
    this.#writer.execute({ kind: 'decide_call', call_id: callId, approved, by }, (after) => {
      if (approved && after.running) {
        // Whoever had claimed it before it was parked is not whom it is given to now.
        log.calls.fence(after.running, callId, row.attempts)
        timers.put('call', callId, Date.now() + this.#claimMs)
      } else this.#settle(after, callId)
    })
    if (approved) this.start()
    else this.#checkStepComplete()
    return true
  }

  /** False: too late, or by whom it was taken away from. Again: the same answer. */
  end(attempt: Attempt, { outcome, text }: CallResult): boolean {
    if (!this.#current(attempt, 'claimed')) return this.#current(attempt, 'ended') !== undefined
    this.#end(attempt.call_id, outcome, text.length > resultUnits ? cut(text) : text)
    return true
  }

  /** The row `call` is due: nobody has claimed it, or it was claimed and never came back, or nobody has decided. */
  onTimer({ key }: Timer): void {
    const { timers } = this.#writer
    const row = this.#row(key)
    if (!row || row.state === 'ended') this.#writer.write(() => timers.drop('call', key))
    else if (row.state === 'parked') this.#end(key, 'denied', 'Nobody approved it in time.')
    else if (row.state === 'claimed' && this.#isAtMostOnce(row)) this.#end(key, unknownEffect.outcome, unknownEffect.text)
    else if (row.state === 'claimed' || this.#holders.has(key)) this.#failed(row)
    else {
      this.#writer.write(() => timers.put('call', key, Date.now() + this.#claimMs))
      this.start()
    }
  }

  /** Nobody wants any of them any more: whoever runs one is told. */
  release(): void {
    for (const callId of [...this.#holders.keys()]) this.#release(callId)
  }

  #release(callId: string): void {
    this.#holders.get(callId)?.release()
    this.#holders.delete(callId)
  }

  /** The executor has returned, or broke: if there is a result, it was handed over before. */
  #executorReturned(callId: string, token: number): void {
    const row = this.#row(callId)
    if (this.#holders.get(callId)?.token !== token || row?.token !== token) return
    this.#release(callId)
    if (row.state === 'parked' || row.state === 'ended') return
    if (row.state === 'claimed' && this.#isAtMostOnce(row))
      this.#writer.write(() => this.#writer.timers.moveForward('call', callId, Date.now() + lateResultMs))
    else this.#failed(row)
  }

  /** It may be run again: later, and later each time, up to a limit. */
  #failed(row: CallRow): void {
    const attempts = row.attempts + 1
    const delayMs = attemptDelaysMs[attempts]
    if (delayMs === undefined) this.#end(row.call_id, 'failed', `It could not be run: ${attempts} attempts broke off.`)
    else this.#fence(row, attempts, delayMs)
  }

  /** `lookMs`: when to look after it again. */
  #fence(row: CallRow, attempts: number, lookMs: number): void {
    const { log, timers, state } = this.#writer
    const { running } = state
    if (!running) return
    this.#release(row.call_id)
    this.#writer.execute({ kind: 'abandon_call', call_id: row.call_id }, () => {
      log.calls.fence(running, row.call_id, attempts)
      timers.put('call', row.call_id, Date.now() + lookMs)
    })
  }

  #end(callId: string, outcome: CallResult['outcome'], text: string): void {
    this.#writer.execute({ kind: 'end_call', call_id: callId, outcome, text }, (after) => this.#settle(after, callId))
    this.#release(callId)
    this.#checkStepComplete()
  }

  /** With the last result of a step its turn is due again, unless the session is paused. Belongs into that transaction. */
  #settle({ calls, running, paused }: SessionState, callId: string): void {
    const { timers } = this.#writer
    timers.drop('call', callId)
    if (running && calls.length === 0 && !paused && !failpoint('forget-step')) timers.put('turn', '', Date.now())
  }

  #checkStepComplete(): void {
    if (this.#writer.state.calls.length === 0) this.#onStepComplete()
  }

  #isAtMostOnce(row: CallRow): boolean {
    return this.#writer.log.calls.requested(row).effect === 'once' && !failpoint('repeat-once')
  }

  /** The row that `attempt` is entitled to. */
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

function claimHolder(token: number): ClaimHolder {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { token, released: promise, release: resolve }
}

const cut = (text: string): string =>
  `${text.slice(0, resultUnits).replace(/[\ud800-\udbff]$/, '')}\n[The rest was cut: ${text.length - resultUnits} more characters.]`
