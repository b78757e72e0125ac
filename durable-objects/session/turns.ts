/**
 * The turns of one session: who may run one, and what becomes of an attempt. Only here are runners started. A lease lives in
 * memory; its token, its attempts and when to look again are on disk, so that a new incarnation fences whoever came before.
 */
import type { Cancelled } from '../../shared/api/sessions.ts'
import { buildContext } from '../../shared/context/build.ts'
import type { Outcome, Usage } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { logFault } from '../../shared/log.ts'
import { estimateTokens } from '../../shared/model/tokens.ts'
import type { Failure } from '../../shared/problem.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Ending, SessionState } from '../../shared/session/session.ts'
import type { Executor } from '../../shared/tool/executor.ts'
import { detectLoop } from '../../shared/turn/loop-detector.ts'
import type { Runner, RunnerLine } from '../../shared/turn/runner.ts'
import { Calls } from './calls.ts'
import { RunnerStream } from './runner-stream.ts'
import type { Timer } from './timers.ts'
import type { SessionWriter } from './writer.ts'

/** The right to run a turn, while this incarnation of the object lives. */
interface Lease {
  readonly turn_id: string
  readonly token: number
  /** What the model is told, as we count it. */
  readonly inputTokens: number
  /** What the runner hands over, once it has. */
  stream?: RunnerStream
  usage?: Usage
  /** What the model has asked for so far. */
  readonly calls: Extract<RunnerLine, { type: 'call' }>[]
}

/** The wait before each attempt; when they are used up, the turn fails. Milliseconds. */
const attemptDelaysMs = [0, 2_000, 8_000, 30_000, 60_000]
/** How long an accepted turn may wait for its dispatch until the alarm sees to it. */
export const dispatchMs = 2_000
/** What the model is told of the conversation, at most. */
export const contextTokens = 24_000

export class Turns {
  readonly #ctx: DurableObjectState
  readonly #writer: SessionWriter
  readonly #runner: Runner
  readonly #leaseMs: number
  /** Called after a turn has ended. */
  readonly #ended: () => void
  readonly calls: Calls
  #lease: Lease | null = null

  constructor(ctx: DurableObjectState, writer: SessionWriter, runner: Runner, executor: Executor, leaseMs: number, ended: () => void) {
    this.#ctx = ctx
    this.#writer = writer
    this.#runner = runner
    this.#leaseMs = leaseMs
    this.#ended = ended
    this.calls = new Calls(ctx, writer, executor, leaseMs, () => this.dispatchSoon())
  }

  /** A new incarnation: whoever held a lease is fenced, what it said is abandoned, and the turn is dispatched again at once. */
  recover(): void {
    const { state, log, timers } = this.#writer
    const turn = state.running && log.turn(state.running)
    // Between two steps of a session that was paused nothing runs, and nothing is due.
    const resting = state.paused && !state.open && !timers.has('turn')
    if (state.calls.length > 0) this.calls.recover()
    else if (turn && !resting) {
      const fence = () => {
        if (!failpoint('forget-fence')) log.fence(turn.turn_id, turn.attempts)
        timers.put('turn', '', Date.now())
      }
      if (failpoint('keep-open-item')) this.#writer.write(fence)
      else this.#writer.execute({ kind: 'abandon' }, fence)
    }
    // Once the constructor is through: calls to others belong to an event, not to it.
    if (state.turns.length > 0) this.#ctx.waitUntil(Promise.resolve().then(() => this.dispatch()))
  }

  /** Starts the oldest accepted turn, if none runs. Commit, doorbell, alarm and waking all end here. */
  dispatch(): void {
    const { state, log, timers } = this.#writer
    const next = state.turns[0]
    if (!next || (this.#lease && !failpoint('two-leases'))) return
    // A running turn without a lease waits for its tools, or for its next attempt.
    if (state.running && (state.calls.length > 0 || !timers.isDue('turn', '', Date.now()))) return
    const item_id = crypto.randomUUID()
    if (!state.running) {
      // Not started while the session is paused: then nothing is due until it goes on.
      const started = this.#writer.execute({ kind: 'start', item_id }, ({ running }) =>
        running && !failpoint('drop-due') ? timers.put('turn', '', Date.now() + this.#leaseMs) : timers.drop('turn'),
      )
      if (!started.ok || !started.value.running) return
    } else this.#writer.execute({ kind: 'open', item_id }, () => timers.put('turn', '', Date.now() + this.#leaseMs))
    const turn = log.turn(next)
    if (!turn) throw new Error('a turn that has not ended has no row')
    const { tenant, session } = log
    const { messages, tokens: inputTokens } = buildContext(log.branches.itemsUpTo(turn), contextTokens)
    const lease: Lease = { turn_id: next, token: turn.token, inputTokens, calls: [] }
    this.#lease = lease
    const subject = state.subject ?? ''
    const attempt = this.#runner.run({
      tenant,
      session,
      subject,
      turn_id: next,
      token: turn.token,
      lease_ms: this.#leaseMs,
      messages,
      persona_id: log.persona,
      ...log.turnRequest(turn),
    })
    this.#ctx.waitUntil(
      attempt
        .catch((error) => logFault('runner.failed', error, { session, turn: next, token: turn.token }))
        .then(() => this.#attemptFailed(lease)),
    )
  }

  /** `dispatch` after a commit: no need to wait until somebody asks for it. */
  dispatchSoon(): void {
    if (!failpoint('dispatch-by-doorbell')) this.dispatch()
  }

  /** Takes the answer of the runner that holds `token`, as it is made. Resolves when nothing more of it is wanted. */
  async attach(turnId: string, token: number, stream: ReadableStream<Uint8Array>): Promise<void> {
    const lease = this.#lease
    const stale = lease?.token !== token && !failpoint('ignore-token')
    if (lease?.turn_id !== turnId || stale || lease.stream) return stream.cancel('stale')
    const lines = new RunnerStream(stream, this.#leaseMs)
    lease.stream = lines
    try {
      for await (const chunk of lines.chunks()) {
        // Compared after every read: it may have been cancelled or fenced meanwhile.
        if (this.#lease !== lease || !this.#applyLines(lease, chunk)) return
      }
    } catch (error) {
      // A read that was pending when we closed the stream ourselves ends like this too.
      if (this.#lease === lease) logFault('runner_stream.broke', error, { session: this.#writer.log.session, turn: turnId, token })
    } finally {
      lines.cancel('over')
    }
    if (failpoint('half-answer') && this.#lease === lease && this.#writer.openText !== '') return this.#end('completed', {})
    this.#attemptFailed(lease)
  }

  /** Ends a turn as `cancelled`, wherever it is. One that has ended keeps its outcome. */
  cancel(turnId: string): Result<Cancelled, Failure> {
    const outcome = this.#writer.log.turn(turnId)?.outcome
    if (outcome) return ok({ turn_id: turnId, outcome })
    const runs = this.#writer.state.running === turnId
    const done = this.#writer.execute({ kind: 'cancel', turn_id: turnId, ...this.partialAnswer() }, (state) => this.#scheduleNext(state))
    if (!done.ok) return done
    if (runs) this.release('cancelled')
    this.#afterTurn()
    return ok({ turn_id: turnId, outcome: 'cancelled' })
  }

  /** How far the running turn has come: what was said, and what that costs, by our count if the provider has not said. */
  partialAnswer(): Pick<Ending, 'text' | 'usage'> {
    const text = this.#writer.openText
    const lease = this.#lease
    // A model that was not asked yet costs nothing.
    if (!lease?.stream) return { text }
    return { text, usage: lease.usage ?? { input_tokens: lease.inputTokens, output_tokens: estimateTokens(text), estimated: true } }
  }

  /** Takes the running turn's lease away and closes its stream: the runner aborts whatever it is waiting for. */
  release(reason: string): void {
    if (!failpoint('cancel-leaves-stream')) this.#lease?.stream?.cancel(reason)
    this.#lease = null
    this.calls.release()
  }

  /** The row `turn` is due: a lease to look after, or a dispatch that nobody made. */
  onTimer(due: Timer): void {
    // A stream that is attached watches its own silence; the row only matters if the object dies.
    if (this.#lease?.stream) this.#writer.timers.snooze(due, Date.now() + this.#leaseMs)
    else if (this.#lease) this.#attemptFailed(this.#lease)
    else this.dispatch()
  }

  /** Takes a chunk of the answer. False: nothing more is wanted. */
  #applyLines(lease: Lease, chunk: readonly RunnerLine[]): boolean {
    for (const line of chunk) {
      if (line.type === 'end') {
        if (line.outcome === 'calls') this.#step(lease)
        else this.#end(line.outcome, { reason: line.reason })
        return false
      }
      if (line.type === 'call') lease.calls.push(line)
      if (line.type === 'usage') lease.usage = line.usage
      if (line.type === 'text' && line.text !== '') {
        if (!this.#writer.appendDelta(line.text)) {
          this.#end('completed', { truncated: true })
          return false
        }
      }
    }
    this.#writer.broadcastDelta()
    return true
  }

  /** The model is done and waits for tools: with this it is never asked the same again, and the next step begins with the last result. */
  #step({ turn_id, usage, calls: asked }: Lease): void {
    const { log, timers, openText } = this.#writer
    const loop = detectLoop([...log.calls.rounds(turn_id), asked])
    if (loop) {
      this.#end('failed', { reason: loop })
      return
    }
    const calls = asked.map(({ type: _, ...call }) => ({ call_id: crypto.randomUUID(), ...call }))
    this.#writer.execute({ kind: 'step', text: openText, usage, calls }, () => {
      log.fence(turn_id, 0)
      timers.drop('turn')
      this.calls.schedule(calls.map(({ call_id }) => call_id))
    })
    this.release('asked for tools')
    this.calls.start()
  }

  #end(outcome: Outcome, { reason, truncated }: { reason?: string | undefined; truncated?: true }): void {
    const usage = this.#lease?.usage
    this.#writer.execute({ kind: 'end', text: this.#writer.openText, outcome, reason, truncated, usage }, (state) =>
      this.#scheduleNext(state),
    )
    this.release('ended')
    this.#afterTurn()
  }

  /** Bytes that stopped without an end, a runner that broke or never came: what it said does not count. */
  #attemptFailed(lease: Lease): void {
    if (this.#lease !== lease) return
    const { log, timers } = this.#writer
    const attempts = (log.turn(lease.turn_id)?.attempts ?? 0) + 1
    const delayMs = attemptDelaysMs[attempts]
    if (delayMs === undefined) {
      this.#writer.execute({ kind: 'abandon' })
      this.#end('failed', { reason: `The answer broke off ${attempts} times. Try again later.` })
      return
    }
    this.release('failed')
    this.#writer.execute({ kind: 'abandon' }, () => {
      log.fence(lease.turn_id, attempts)
      timers.put('turn', '', Date.now() + delayMs)
    })
  }

  /** What the alarm must see to after a turn has ended: a next one that may start, or nothing. */
  #scheduleNext({ turns, running, paused }: SessionState): void {
    if (running) return
    this.#writer.timers.dropAll('call')
    if (turns.length > 0 && !paused) this.#writer.timers.put('turn', '', Date.now() + dispatchMs)
    else this.#writer.timers.drop('turn')
  }

  #afterTurn(): void {
    this.#ended()
    this.dispatchSoon()
  }
}
