/**
 * The sub-sessions of one session: each answers a call, in a session object of its own. The call waits without an executor. This object
 * starts the turn below and reads its end, and both repeat safely. The session below rings when something changes; the timer of the call
 * asks again if a ring is lost.
 */
import { delegationLimits, type RelayedAsk, type SubTurn, subSessionId } from '../../shared/agent/delegation.ts'
import { type SessionId, Subject, sessionObjectName, TenantId } from '../../shared/ids.ts'
import type { RecordedEvent } from '../../shared/session/frame.ts'
import { isGone } from '../../shared/session/session.ts'
import { cutResult } from '../../shared/tool/cut-result.ts'
import { logger } from '../logger.ts'
import type { Calls } from './calls.ts'
import type { SubSessionRow } from './delegations.ts'
import type { SubSessionPort } from './ports.ts'
import type { SessionWriter } from './writer.ts'

/** Events of a turn below, and whether the session above then reads that turn. After the others it only says whether it still waits. */
const rings: Readonly<Record<string, boolean>> = {
  'turn.started': false,
  'step.ended': false,
  'call.parked': true,
  'call.decided': true,
  'call.resolved': true,
  'call.relayed': true,
  'call.ended': true,
  'turn.ended': true,
}
/** The sub-sessions in one read of the log. */
const pageSize = 100
/** How long a stopped call stops its sub-agent again, whenever another one is stopped. Milliseconds: a day. */
const stopMs = 86_400_000

export class SubSessions {
  readonly #ctx: DurableObjectState
  readonly #env: Pick<StateEnv, 'SESSION'>
  readonly #writer: SessionWriter
  readonly #calls: Calls
  /** Cancels a turn of this session. */
  readonly #cancel: (turnId: string) => void
  /** The polls in flight. True: something changed meanwhile. */
  readonly #polls = new Map<string, boolean>()

  constructor(
    ctx: DurableObjectState,
    env: Pick<StateEnv, 'SESSION'>,
    writer: SessionWriter,
    calls: Calls,
    cancel: (turnId: string) => void,
  ) {
    this.#ctx = ctx
    this.#env = env
    this.#writer = writer
    this.#calls = calls
    this.#cancel = cancel
    calls.onDelegated = (callId) => this.#pollSoon(callId)
    writer.onRecorded = (recorded) => this.#ring(recorded)
  }

  /** The session below says that it has changed. False: its answer is not needed. `isNews`: it has something to read. */
  changed(callId: string, isNews: boolean): boolean {
    const isNeeded = this.#calls.subSession(callId) !== null
    if (isNeeded && isNews) this.#pollSoon(callId)
    return isNeeded
  }

  #pollSoon(callId: string): void {
    if (this.#polls.has(callId)) this.#polls.set(callId, true)
    else this.#ctx.waitUntil(this.#poll(callId))
  }

  /** Starts the turn that answers the call, or reads it. Never rejects: the timer of the call asks again. */
  async #poll(callId: string): Promise<void> {
    do {
      this.#polls.set(callId, false)
      try {
        await this.#pollOnce(callId)
      } catch (error) {
        logger.write('sub_session.unreachable', { error, ...this.#writer.requests.fields(this.#writer.state.running) })
      }
    } while (this.#polls.get(callId))
    this.#polls.delete(callId)
  }

  async #pollOnce(callId: string): Promise<void> {
    const message = this.#calls.subSession(callId)
    if (!message) return
    const { tenant, session, subject } = message
    const { delegation } = message
    if (!delegation || subSessionId(tenant, delegation.session_id, delegation.turn_id, callId) !== session)
      return this.#calls.endDelegated(callId, 'failed', 'A sub-agent does not go on in a copy of its conversation.')
    const below = this.#below(session)
    const sent = await below.send(message)
    if (!sent.ok)
      return this.#calls.endDelegated(callId, 'failed', `The sub-agent could not start: ${sent.error.kind.replaceAll('_', ' ')}.`)
    const turn = await below.subTurn(subject, sent.value.turn_id)
    if (!turn) return this.#calls.endDelegated(callId, 'failed', 'The conversation of the sub-agent was deleted.')
    this.#apply(callId, turn)
  }

  #apply(callId: string, { status, text, reason, asks }: SubTurn): void {
    if (status === 'waiting' || status === 'running') this.#calls.relay(callId, asks)
    else if (status === 'completed') this.#calls.endDelegated(callId, 'completed', cutResult(text, delegationLimits.answerUnits))
    else {
      const end = status === 'failed' ? 'The sub-agent failed.' : 'The sub-agent was stopped.'
      this.#calls.endDelegated(callId, 'failed', reason ? `${end} ${reason}` : end)
    }
  }

  /** The turn, for the session above. Null: there is no such turn. */
  turn(turnId: string): SubTurn | null {
    const { log, state } = this.#writer
    const turn = log.turn(turnId)
    if (!turn) return null
    let text = ''
    let reason: string | null = null
    for (const event of log.branches.eventsOf(turn)) {
      if (event.type === 'item.closed' && event.kind === undefined && event.text !== '') text = event.text
      if (event.type === 'turn.ended') reason = event.reason ?? null
    }
    const isRunning = state.running === turnId
    return { status: turn.outcome ?? (isRunning ? 'running' : 'waiting'), text, reason, asks: isRunning ? this.#asks() : null }
  }

  /** What waits for a user in the running turn, or below it. */
  #asks(): RelayedAsk | null {
    const { log, state } = this.#writer
    for (const { call_id } of state.calls) {
      const row = state.running === null ? undefined : log.calls.row(state.running, call_id)
      if (row?.state === 'delegated') {
        const asks = log.calls.relayed(row)?.asks
        if (asks) return asks
      }
      const parked = row?.state === 'parked' || row?.state === 'unresolved' ? log.calls.parked(row) : null
      if (row && parked)
        return { session_id: log.session as SessionId, call_id, name: log.calls.requested(row).name, reason: parked.reason }
    }
    return null
  }

  /** Tells the session above of a change in the turn that answers its call. Stops that turn if it is not needed. */
  #ring(recorded: readonly RecordedEvent[]): void {
    const { log } = this.#writer
    if (log.parentSession === undefined) return
    const news = new Map<string, boolean>()
    for (const { type, body } of recorded) {
      if (!Object.hasOwn(rings, type)) continue
      const { turn_id } = JSON.parse(body)
      news.set(turn_id, news.get(turn_id) || rings[type] === true)
    }
    for (const [turnId, isNews] of news) {
      const turn = log.turn(turnId)
      const delegation = turn && log.turnRequest(turn).delegation
      if (!delegation) continue
      const above = this.#below(delegation.session_id)
      const ring = async () => {
        if (!(await above.subSessionChanged(delegation.call_id, isNews))) this.#cancel(turnId)
      }
      const fields = this.#writer.requests.fields(turnId)
      this.#ctx.waitUntil(ring().catch((error) => logger.write('sub_session.unreachable', { error, ...fields })))
    }
  }

  /** The session above does not need the turn of its call any more. */
  stop(callId: string): void {
    const { log, state } = this.#writer
    for (const turnId of state.turns) {
      const turn = log.turn(turnId)
      if (turn && log.turnRequest(turn).delegation?.call_id === callId) this.#cancel(turnId)
    }
  }

  /** The timer `agent` is due: stops, deletes or restores what is below. Rejects if one of them does not respond. */
  async onTimer(): Promise<void> {
    const { state, timers, log } = this.#writer
    const stoppedAfter = Date.now() - stopMs
    for (const row of this.#rows()) {
      const below = this.#below(row.session_id)
      const subject = Subject.parse(state.subject)
      if (isGone(state)) await below.trash(subject)
      else {
        if (log.wasRestored) await below.untrash(subject)
        const isStopped = row.outcome === 'unknown' || row.outcome === 'cancelled'
        if (isStopped && row.at > stoppedAfter) await below.stopSubTurn(subject, row.call_id)
      }
    }
    // What happened meanwhile needs another pass.
    this.#writer.write(() => (this.#writer.state === state ? timers.drop('agent') : timers.put('agent', '', Date.now())))
  }

  /** Deletes every session below for good. Rejects if one of them does not respond. */
  async removeAll(): Promise<void> {
    const { subject } = this.#writer.state
    for (const { session_id } of this.#rows()) await this.#below(session_id).remove(Subject.parse(subject))
  }

  *#rows(): Generator<SubSessionRow> {
    const { log } = this.#writer
    if (!log.exists) return
    for (let after: number | null = 0; after !== null; ) {
      const page = log.delegations.page(log.tenant, log.session, after, pageSize)
      yield* page.rows
      after = page.seq
    }
  }

  #below(session: SessionId): SubSessionPort {
    return this.#env.SESSION.getByName(sessionObjectName(TenantId.parse(this.#writer.log.tenant), session)) as unknown as SubSessionPort
  }
}
