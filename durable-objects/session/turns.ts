/**
 * The turns of one session: who may run one, and what a failed attempt leads to. Only this class starts runners. A lease lives
 * in memory. Its token, its attempts and its timer are on disk, so a new incarnation fences every earlier runner.
 */
import type { Cancelled } from '../../shared/api/turns.ts'
import { buildContext } from '../../shared/context/build.ts'
import type { MeasuredPrompt, TurnHistory } from '../../shared/context/summary.ts'
import { defaultHistoryTokens, maxHistoryTokens } from '../../shared/context/window.ts'
import type { DirectCall, Outcome } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { jobFields } from '../../shared/log/fields.ts'
import type { ModelMessage, PromptReport } from '../../shared/model/model.ts'
import type { Failure } from '../../shared/problem.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Command, Ending } from '../../shared/session/command.ts'
import type { SessionState } from '../../shared/session/session.ts'
import type { Executor } from '../../shared/tool/executor.ts'
import { detectLoop } from '../../shared/turn/loop-detector.ts'
import type { Runner, RunnerLine } from '../../shared/turn/runner.ts'
import { logger } from '../logger.ts'
import { Calls } from './calls.ts'
import { Lease, type PartialAnswer } from './lease.ts'
import { measuredPrompt, promptFacts } from './prompt-facts.ts'
import { RunnerStream } from './runner-stream.ts'
import type { Timer } from './timers.ts'
import { measuredBefore, readTurnHistory } from './turn-history.ts'
import type { SessionWriter } from './writer.ts'

/** The delay before each attempt. After the last attempt the turn fails. Milliseconds. */
const attemptDelaysMs = [0, 2_000, 8_000, 30_000, 60_000]
/** How long an accepted turn may wait for its dispatch before the alarm dispatches it. Milliseconds. */
export const dispatchMs = 2_000

export class Turns {
  readonly #ctx: DurableObjectState
  readonly #writer: SessionWriter
  readonly #runner: Runner
  readonly #leaseMs: number
  /** Called after a turn has ended. */
  readonly #onTurnEnded: () => void
  readonly calls: Calls
  #lease: Lease | null = null
  /** The newest prompt that a provider counted. Null: unknown since the last restart. */
  #measured: MeasuredPrompt | null = null

  constructor(
    ctx: DurableObjectState,
    writer: SessionWriter,
    runner: Runner,
    executor: Executor,
    leaseMs: number,
    onTurnEnded: () => void,
  ) {
    this.#ctx = ctx
    this.#writer = writer
    this.#runner = runner
    this.#leaseMs = leaseMs
    this.#onTurnEnded = onTurnEnded
    this.calls = new Calls(ctx, writer, executor, leaseMs, () => this.dispatchSoon())
  }

  /** Recovers after a restart. Fences the earlier runner, abandons its open item, and dispatches the turn again. */
  recover(): void {
    const { state, log, timers } = this.#writer
    const turn = state.running && log.turn(state.running)
    // Paused between two steps: nothing runs, and no timer is due.
    const isBetweenSteps = state.paused && !state.open && !timers.has('turn')
    if (state.calls.length > 0) this.calls.recover()
    else if (turn && !isBetweenSteps) {
      const fence = () => {
        if (!failpoint('forget-fence')) log.fence(turn.turn_id, turn.attempts)
        timers.put('turn', '', Date.now())
      }
      if (failpoint('keep-open-item')) this.#writer.write(fence)
      else this.#execute({ kind: 'abandon' }, fence)
    }
    // Deferred, because calls to other Workers belong to an event and not to the constructor.
    if (state.turns.length > 0) this.#ctx.waitUntil(Promise.resolve().then(() => this.dispatch()))
  }

  /** Starts the oldest accepted turn, if none runs. Commits, doorbells, the alarm and recovery all call it. */
  dispatch(): void {
    const { state, log, timers } = this.#writer
    const next = state.turns[0]
    if (!next || (this.#lease && !failpoint('two-leases'))) return
    // A running turn without a lease waits for its tools or for its next attempt.
    if (state.running && (state.calls.length > 0 || !timers.isDue('turn', '', Date.now()))) return
    const row = log.turn(next)
    if (!row) throw new Error('a turn that has not ended has no row')
    const { tool, ...request } = log.turnRequest(row)
    if (tool) {
      this.#dispatchCall(tool)
      return
    }
    const item_id = crypto.randomUUID()
    if (!state.running) {
      // A paused session does not start a turn, and no timer is due until it resumes.
      const afterEvents = ({ running }: SessionState) =>
        running && !failpoint('drop-due') ? timers.put('turn', '', Date.now() + this.#leaseMs) : timers.drop('turn')
      const started = this.#execute({ kind: 'start', item_id }, afterEvents)
      if (!started.ok || !started.value.running) return
    } else this.#execute({ kind: 'open', item_id }, () => timers.put('turn', '', Date.now() + this.#leaseMs))
    const turn = log.turn(next)
    if (!turn) throw new Error('a turn that has not ended has no row')
    const { tenant, session } = log
    const { messages, tokens: inputTokens, isWhole } = buildContext(log.branches.itemsUpTo(turn), defaultHistoryTokens)
    const lease = new Lease(this.#writer, next, turn.token, inputTokens)
    this.#lease = lease
    const subject = state.subject ?? ''
    const job = {
      tenant,
      session,
      subject,
      turn_id: next,
      token: turn.token,
      lease_ms: this.#leaseMs,
      messages,
      ...(!isWhole && { partial: true as const }),
      ...(log.isUntitled && { untitled: true as const }),
      restarts: true as const,
      request: this.#writer.requests.of(next),
      ...request,
      metadata: { ...log.defaultMetadata, ...request.metadata },
    }
    // The caller of this event gets its response first: the runner takes the CPU time that the response needs.
    const run = async () => {
      await new Promise((resolve) => setTimeout(resolve, 0))
      // The turn may have been cancelled meanwhile.
      if (this.#lease === lease) await this.#runner.run(job)
    }
    this.#ctx.waitUntil(
      run()
        .catch((error) => logger.write('runner.failed', { error, ...jobFields(job), token: turn.token }))
        .then(() => this.#attemptFailed(lease)),
    )
  }

  /** Dispatches a turn that is one call, without a model. The turn ends after its call. */
  #dispatchCall(tool: DirectCall): void {
    const { state, timers } = this.#writer
    if (state.running) {
      this.#end('completed', {})
      return
    }
    const call = { call_id: crypto.randomUUID(), ...tool }
    const started = this.#execute({ kind: 'start_call', call }, ({ running }) => {
      timers.drop('turn')
      if (running) this.calls.schedule([call.call_id])
    })
    if (started.ok && started.value.running) this.calls.start()
  }

  /** Sets the timer of the turn after the session paused or resumed. Call inside the transaction. */
  setPauseTimer(paused: boolean, { turns, running, calls }: SessionState): void {
    const { timers } = this.#writer
    if (paused && !running) timers.drop('turn')
    if (paused || turns.length === 0 || calls.length > 0) return
    if (!running) timers.put('turn', '', Date.now() + dispatchMs)
    // The running turn waits between two steps. Its next step starts at once.
    else if (!timers.has('turn')) timers.put('turn', '', Date.now())
  }

  /** Dispatches right after a commit, without waiting for a doorbell. */
  dispatchSoon(): void {
    if (!failpoint('dispatch-by-doorbell')) this.dispatch()
  }

  /** Consumes the lines of the runner that holds `token`. Resolves when the session needs no more of them. */
  async attach(turnId: string, token: number, stream: ReadableStream<Uint8Array>): Promise<void> {
    const lease = this.#lease
    const isStale = lease?.token !== token && !failpoint('ignore-token')
    if (lease?.turn_id !== turnId || isStale || lease.stream) return stream.cancel('stale')
    const lines = new RunnerStream(stream, this.#leaseMs)
    lease.stream = lines
    try {
      for await (const chunk of lines.chunks()) {
        // Checked after every read: the turn may have been cancelled or fenced meanwhile.
        if (this.#lease !== lease || !this.#applyLines(lease, chunk)) return
      }
    } catch (error) {
      // A read that is pending when we close the stream also fails here.
      if (this.#lease === lease) logger.write('runner_stream.broke', { error, ...this.#writer.requests.fields(turnId), token })
    } finally {
      lines.cancel('over')
    }
    if (failpoint('half-answer') && this.#lease === lease && this.#writer.openText !== '') return this.#end('completed', {})
    this.#attemptFailed(lease)
  }

  /** The messages of the running turn's prompt, in a larger window. Null: `token` is stale. */
  wideContext(turnId: string, token: number, tokens: number): readonly ModelMessage[] | null {
    const { log } = this.#writer
    const lease = this.#lease
    const turn = log.turn(turnId)
    if (!turn || lease?.turn_id !== turnId || lease.token !== token) return null
    const context = buildContext(log.branches.itemsUpTo(turn), Math.min(tokens, maxHistoryTokens))
    lease.inputTokens = context.tokens
    return context.messages
  }

  /** The turns of the running turn's branch, newest turns in about `tokens`. Null: `token` is stale. */
  turnHistory(turnId: string, token: number, tokens: number): TurnHistory | null {
    const { log } = this.#writer
    const turn = log.turn(turnId)
    if (!turn || this.#lease?.turn_id !== turnId || this.#lease.token !== token) return null
    this.#measured ??= measuredBefore(log, turn)
    return { ...readTurnHistory(log, turn, Math.min(tokens, maxHistoryTokens)), measured: this.#measured }
  }

  /** Ends a waiting or running turn as `cancelled`. A turn that has ended keeps its outcome. */
  cancel(turnId: string): Result<Cancelled, Failure> {
    const outcome = this.#writer.log.turn(turnId)?.outcome
    if (outcome) return ok({ turn_id: turnId, outcome })
    const isRunning = this.#writer.state.running === turnId
    const cancelled = this.#execute({ kind: 'cancel', turn_id: turnId, ...this.partialAnswer() }, (state) => this.#scheduleNext(state))
    if (!cancelled.ok) return cancelled
    if (isRunning) this.release('cancelled')
    this.#afterTurn()
    return ok({ turn_id: turnId, outcome: 'cancelled' })
  }

  /** The text of the running turn so far, and its usage. */
  partialAnswer(): PartialAnswer {
    const text = this.#writer.openText
    return this.#lease ? this.#lease.partialAnswer(text) : { text }
  }

  /** Ends the lease of the running turn and closes its stream. The runner then aborts its model call. */
  release(reason: string): void {
    if (!failpoint('cancel-leaves-stream')) this.#lease?.stream?.cancel(reason)
    this.#lease = null
    this.calls.release()
  }

  /** The timer `turn` is due: a lease has expired, or a dispatch is missing. */
  onTimer(timer: Timer): void {
    // An attached stream has its own idle timeout. The timer matters only if the object stops.
    if (this.#lease?.stream) this.#writer.timers.delayInMemory(timer, Date.now() + this.#leaseMs)
    else if (this.#lease) this.#attemptFailed(this.#lease)
    else this.dispatch()
  }

  /** Applies a chunk of the answer. False: the session needs no more lines. */
  #applyLines(lease: Lease, chunk: readonly RunnerLine[]): boolean {
    for (const line of chunk) {
      if (line.type === 'end') {
        if (line.outcome === 'calls') this.#endStep(lease)
        else this.#end(line.outcome, line)
        return false
      }
      if (line.type === 'call') lease.calls.push(line)
      if (line.type === 'usage') lease.usage = line.usage
      if (line.type === 'alive' && line.context) this.#applyReport(lease, line.context)
      if (line.type === 'alive' && line.retry) this.#writer.announceRetry(line.retry)
      if (line.type === 'alive' && line.answered_by) lease.answered_by = line.answered_by
      if (line.type === 'alive' && line.reasoning_void) lease.reasoning.discard()
      if (line.type === 'alive' && line.text_void) this.#writer.execute({ kind: 'restart', item_id: crypto.randomUUID() })
      if (line.type === 'alive' && line.reasoning) lease.reasoning.add(line.reasoning)
      // A blank between the reasoning and the answer belongs to neither.
      if (line.type === 'text' && line.text !== '' && !(lease.reasoning.isOpen && line.text.trim() === '')) {
        lease.reasoning.end()
        if (!this.#writer.appendDelta(line.text)) {
          this.#end('completed', { truncated: true })
          return false
        }
      }
    }
    this.#writer.broadcastDelta()
    return true
  }

  /** Records a new summary at once, and keeps the rest for the end of the turn. */
  #applyReport(lease: Lease, { summary, omitted, estimated_tokens }: PromptReport): void {
    const { log } = this.#writer
    const through = summary && summary.through_turn_id !== lease.turn_id ? log.turn(summary.through_turn_id) : undefined
    if (summary && through) this.#writer.execute({ kind: 'summarize', ...summary })
    if (omitted) lease.omitted = omitted
    if (estimated_tokens !== undefined) lease.estimatedTokens = estimated_tokens
  }

  /** Ends a step that requests tools. The model call of this step is never repeated: the next step starts with the last result. */
  #endStep(lease: Lease): void {
    const { turn_id, usage, answered_by, calls: requested } = lease
    this.#measured = measuredPrompt(lease) ?? this.#measured
    const { log, timers, openText } = this.#writer
    const loop = detectLoop([...log.calls.callsByStep(turn_id), requested])
    if (loop) {
      this.#end('failed', { reason: loop })
      return
    }
    const calls = requested.map(({ type: _, ...call }) => ({ call_id: crypto.randomUUID(), ...call }))
    this.#execute({ kind: 'step', text: openText, usage, answered_by, calls }, () => {
      log.fence(turn_id, 0)
      timers.drop('turn')
      this.calls.schedule(calls.map(({ call_id }) => call_id))
    })
    this.release('requested tools')
    this.calls.start()
  }

  #end(outcome: Outcome, { reason, detail, truncated }: Pick<Ending, 'reason' | 'detail' | 'truncated'>): void {
    // A runner that still streams has not reported its usage yet.
    const usage = this.#lease?.usage ?? (truncated ? this.partialAnswer().usage : undefined)
    const text = this.#writer.openText
    const answered_by = this.#lease?.answered_by
    const context = promptFacts(this.#lease ?? {})
    this.#measured = measuredPrompt(this.#lease ?? {}) ?? this.#measured
    this.#execute({ kind: 'end', text, outcome, reason, detail, truncated, usage, answered_by, context }, (state) =>
      this.#scheduleNext(state),
    )
    this.release('ended')
    this.#afterTurn()
  }

  /** The runner failed, or its stream ended without an `end` line. Its text is abandoned and the turn is attempted again. */
  #attemptFailed(lease: Lease): void {
    if (this.#lease !== lease) return
    const { log, timers } = this.#writer
    const attempts = (log.turn(lease.turn_id)?.attempts ?? 0) + 1
    const delayMs = attemptDelaysMs[attempts]
    if (delayMs === undefined) {
      this.#writer.execute({ kind: 'abandon' })
      this.#end('failed', { reason: `The answer failed ${attempts} times. Try again later.` })
      return
    }
    this.release('failed')
    this.#execute({ kind: 'abandon' }, () => {
      log.fence(lease.turn_id, attempts)
      timers.put('turn', '', Date.now() + delayMs)
    })
  }

  /** Puts the timer of the next waiting turn, or drops it. Call inside the transaction that ends a turn. */
  #scheduleNext({ turns, running, paused }: SessionState): void {
    if (running) return
    this.#writer.timers.dropAll('call')
    if (turns.length > 0 && !paused) this.#writer.timers.put('turn', '', Date.now() + dispatchMs)
    else this.#writer.timers.drop('turn')
  }

  #execute(command: Command, afterEvents: (state: SessionState) => void): Result<SessionState, Failure> {
    return this.#writer.execute(command, { afterEvents })
  }

  #afterTurn(): void {
    this.#onTurnEnded()
    this.dispatchSoon()
  }
}
