/**
 * The turns of one session: who may run one, and what becomes of an attempt. Only here are runners started. A lease lives in
 * memory; its token, its attempts and when to look again are on disk, so that a new incarnation fences whoever came before.
 */
import type { Cancelled } from '../../shared/api/sessions.ts'
import { contextFrom } from '../../shared/context/build.ts'
import type { Outcome, Usage } from '../../shared/events/event.ts'
import { planted } from '../../shared/failpoints.ts'
import { logFault } from '../../shared/log.ts'
import { estimateTokens } from '../../shared/model/tokens.ts'
import type { Failure } from '../../shared/problem.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Ending, Session } from '../../shared/session/session.ts'
import type { Executor } from '../../shared/tool/executor.ts'
import { loopOf } from '../../shared/turn/loop-detector.ts'
import type { Runner, RunnerLine } from '../../shared/turn/runner.ts'
import { Calls } from './calls.ts'
import { RunnerStream } from './runner-stream.ts'
import type { Due } from './timers.ts'
import type { Journal } from './writer.ts'

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
  readonly #journal: Journal
  readonly #runner: Runner
  readonly #leaseMs: number
  /** Called after a turn has ended. */
  readonly #ended: () => void
  readonly calls: Calls
  #lease: Lease | null = null

  constructor(ctx: DurableObjectState, journal: Journal, runner: Runner, executor: Executor, leaseMs: number, ended: () => void) {
    this.#ctx = ctx
    this.#journal = journal
    this.#runner = runner
    this.#leaseMs = leaseMs
    this.#ended = ended
    this.calls = new Calls(ctx, journal, executor, leaseMs, () => this.dispatchSoon())
  }

  /** A new incarnation: whoever held a lease is fenced, what it said is abandoned, and the turn is dispatched again at once. */
  wake(): void {
    const { state, log, agenda } = this.#journal
    const turn = state.running && log.turn(state.running)
    // Between two steps of a session that was paused nothing runs, and nothing is due.
    const resting = state.paused && !state.open && !agenda.has('turn')
    if (state.calls.length > 0) this.calls.wake()
    else if (turn && !resting) {
      const fence = () => {
        if (!planted('forget-fence')) log.fence(turn.turn_id, turn.attempts)
        agenda.put('turn', '', Date.now())
      }
      if (planted('keep-open-item')) this.#journal.write(fence)
      else this.#journal.do({ kind: 'abandon' }, fence)
    }
    // Once the constructor is through: calls to others belong to an event, not to it.
    if (state.turns.length > 0) this.#ctx.waitUntil(Promise.resolve().then(() => this.dispatch()))
  }

  /** Starts the oldest accepted turn, if none runs. Commit, doorbell, alarm and waking all end here. */
  dispatch(): void {
    const { state, log, agenda } = this.#journal
    const next = state.turns[0]
    if (!next || (this.#lease && !planted('two-leases'))) return
    // A running turn without a lease waits for its tools, or for its next attempt.
    if (state.running && (state.calls.length > 0 || !agenda.isDue('turn', '', Date.now()))) return
    const item_id = crypto.randomUUID()
    if (!state.running) {
      // Not started while the session is paused: then nothing is due until it goes on.
      const started = this.#journal.do({ kind: 'start', item_id }, ({ running }) =>
        running && !planted('drop-due') ? agenda.put('turn', '', Date.now() + this.#leaseMs) : agenda.drop('turn'),
      )
      if (!started.ok || !started.value.running) return
    } else this.#journal.do({ kind: 'open', item_id }, () => agenda.put('turn', '', Date.now() + this.#leaseMs))
    const turn = log.turn(next)
    if (!turn) throw new Error('a turn that has not ended has no row')
    const { tenant, session } = log
    const { messages, tokens: inputTokens } = contextFrom(log.branches.saidUntil(turn), contextTokens)
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
      ...log.asked(turn),
    })
    this.#ctx.waitUntil(
      attempt
        .catch((error) => logFault('runner.failed', error, { session, turn: next, token: turn.token }))
        .then(() => this.#attemptFailed(lease)),
    )
  }

  /** `dispatch` after a commit: no need to wait until somebody asks for it. */
  dispatchSoon(): void {
    if (!planted('dispatch-by-doorbell')) this.dispatch()
  }

  /** Takes the answer of the runner that holds `token`, as it is made. Resolves when nothing more of it is wanted. */
  async attach(turnId: string, token: number, stream: ReadableStream<Uint8Array>): Promise<void> {
    const lease = this.#lease
    const stale = lease?.token !== token && !planted('ignore-token')
    if (lease?.turn_id !== turnId || stale || lease.stream) return stream.cancel('stale')
    const lines = new RunnerStream(stream, this.#leaseMs)
    lease.stream = lines
    try {
      for await (const chunk of lines.chunks()) {
        // Compared after every read: it may have been cancelled or fenced meanwhile.
        if (this.#lease !== lease || !this.#hear(lease, chunk)) return
      }
    } catch (error) {
      // A read that was pending when we closed the stream ourselves ends like this too.
      if (this.#lease === lease) logFault('runner_stream.broke', error, { session: this.#journal.log.session, turn: turnId, token })
    } finally {
      lines.cancel('over')
    }
    if (planted('half-answer') && this.#lease === lease && this.#journal.said !== '') return this.#end('completed', {})
    this.#attemptFailed(lease)
  }

  /** Ends a turn as `cancelled`, wherever it is. One that has ended keeps its outcome. */
  cancel(turnId: string): Result<Cancelled, Failure> {
    const outcome = this.#journal.log.turn(turnId)?.outcome
    if (outcome) return ok({ turn_id: turnId, outcome })
    const runs = this.#journal.state.running === turnId
    const done = this.#journal.do({ kind: 'cancel', turn_id: turnId, ...this.progress() }, (state) => this.#plan(state))
    if (!done.ok) return done
    if (runs) this.release('cancelled')
    this.#over()
    return ok({ turn_id: turnId, outcome: 'cancelled' })
  }

  /** How far the running turn has come: what was said, and what that costs, by our count if the provider has not said. */
  progress(): Pick<Ending, 'text' | 'usage'> {
    const text = this.#journal.said
    const lease = this.#lease
    // A model that was not asked yet costs nothing.
    if (!lease?.stream) return { text }
    return { text, usage: lease.usage ?? { input_tokens: lease.inputTokens, output_tokens: estimateTokens(text), estimated: true } }
  }

  /** Takes the running turn's lease away and closes its stream: the runner aborts whatever it is waiting for. */
  release(reason: string): void {
    if (!planted('cancel-leaves-stream')) this.#lease?.stream?.cancel(reason)
    this.#lease = null
    this.calls.release()
  }

  /** The row `turn` is due: a lease to look after, or a dispatch that nobody made. */
  attend(due: Due): void {
    // A stream that is attached watches its own silence; the row only matters if the object dies.
    if (this.#lease?.stream) this.#journal.agenda.snooze(due, Date.now() + this.#leaseMs)
    else if (this.#lease) this.#attemptFailed(this.#lease)
    else this.dispatch()
  }

  /** Takes a chunk of the answer. False: nothing more is wanted. */
  #hear(lease: Lease, chunk: readonly RunnerLine[]): boolean {
    for (const line of chunk) {
      if (line.type === 'end') {
        if (line.outcome === 'calls') this.#step(lease)
        else this.#end(line.outcome, { reason: line.reason })
        return false
      }
      if (line.type === 'call') lease.calls.push(line)
      if (line.type === 'usage') lease.usage = line.usage
      if (line.type === 'text' && line.text !== '') {
        if (!this.#journal.hear(line.text)) {
          this.#end('completed', { truncated: true })
          return false
        }
      }
    }
    this.#journal.tellHeard()
    return true
  }

  /** The model is done and waits for tools: with this it is never asked the same again, and the next step begins with the last result. */
  #step({ turn_id, usage, calls: asked }: Lease): void {
    const { log, agenda, said } = this.#journal
    const loop = loopOf([...log.calls.rounds(turn_id), asked])
    if (loop) {
      this.#end('failed', { reason: loop })
      return
    }
    const calls = asked.map(({ type: _, ...call }) => ({ call_id: crypto.randomUUID(), ...call }))
    this.#journal.do({ kind: 'step', text: said, usage, calls }, () => {
      log.fence(turn_id, 0)
      agenda.drop('turn')
      this.calls.plan(calls.map(({ call_id }) => call_id))
    })
    this.release('asked for tools')
    this.calls.start()
  }

  #end(outcome: Outcome, { reason, truncated }: { reason?: string | undefined; truncated?: true }): void {
    const usage = this.#lease?.usage
    this.#journal.do({ kind: 'end', text: this.#journal.said, outcome, reason, truncated, usage }, (state) => this.#plan(state))
    this.release('ended')
    this.#over()
  }

  /** Bytes that stopped without an end, a runner that broke or never came: what it said does not count. */
  #attemptFailed(lease: Lease): void {
    if (this.#lease !== lease) return
    const { log, agenda } = this.#journal
    const attempts = (log.turn(lease.turn_id)?.attempts ?? 0) + 1
    const delayMs = attemptDelaysMs[attempts]
    if (delayMs === undefined) {
      this.#journal.do({ kind: 'abandon' })
      this.#end('failed', { reason: `The answer broke off ${attempts} times. Try again later.` })
      return
    }
    this.release('failed')
    this.#journal.do({ kind: 'abandon' }, () => {
      log.fence(lease.turn_id, attempts)
      agenda.put('turn', '', Date.now() + delayMs)
    })
  }

  /** What the alarm must see to after a turn has ended: a next one that may start, or nothing. */
  #plan({ turns, running, paused }: Session): void {
    if (running) return
    this.#journal.agenda.dropAll('call')
    if (turns.length > 0 && !paused) this.#journal.agenda.put('turn', '', Date.now() + dispatchMs)
    else this.#journal.agenda.drop('turn')
  }

  #over(): void {
    this.#ended()
    this.dispatchSoon()
  }
}
