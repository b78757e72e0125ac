/** Tells others that a session has changed: its subject's list, and the consumers of its log. Whoever was not reached is due. */
import type { SessionSummary } from '../../shared/api/sessions.ts'
import type { Doorbell, Event } from '../../shared/events/event.ts'
import { planted } from '../../shared/failpoints.ts'
import { homeCoordinate, SessionId, Subject, TenantId } from '../../shared/ids.ts'
import { logFault } from '../../shared/log.ts'
import { type Consumer, consumersOf, queueOf } from './consumers.ts'
import type { Agenda, Due } from './timers.ts'
import type { Journal } from './writer.ts'

/** How long someone may lag until they are told again: doubles up to an hour. Milliseconds. */
const lagMs = 30_000
const maxLagMs = 3_600_000

/** How long a doorbell waits for company. Milliseconds. */
const bellMs = 50

/** The list of a session in which much happens is told no oftener than this: each note is a write to it. Milliseconds. */
const noteGapMs = 100

/** How long whoever asked for a change waits for the list to know. Milliseconds. */
const patienceMs = 1_000

/** What a consumer has not acknowledged yet. */
export interface Unacknowledged {
  readonly subject: string
  readonly summary: SessionSummary
  readonly events: Event[]
  readonly last_seq: number
}

/** UTF-16 units of events that one consumer's page may hold: some 4 MB as UTF-8, well below what RPC carries. */
const consumerPageUnits = 1_400_000

/** Half to all of `lagMs · 2^tries`, so that many objects do not ring at once. */
const lagAfter = (tries: number): number => Math.min(lagMs * 2 ** Math.min(tries, 10), maxLagMs) * (0.5 + Math.random() / 2)

/** Belongs into the transaction of every event: whatever happens to the telling, it is not forgotten. */
export function planTelling(agenda: Agenda, consumers: readonly Consumer[]): void {
  const at = Date.now() + lagMs
  if (!agenda.has('home') && !planted('forget-home')) agenda.put('home', '', at)
  for (const consumer of consumers) if (!agenda.has('ring', consumer)) agenda.put('ring', consumer, at)
}

export class Announcer {
  readonly #env: StateEnv
  readonly #ctx: DurableObjectState
  readonly #journal: Journal
  #bell: ReturnType<typeof setTimeout> | null = null
  /** The note that is on its way, and the one that waits until it has arrived. */
  #noting: Promise<void> | null = null
  #nextNote: Promise<void> | null = null
  #notedAt = 0
  /** Up to where the list knows, as far as this incarnation has told it. */
  #notedSeq = 0
  #noteLater: ReturnType<typeof setTimeout> | null = null

  constructor(ctx: DurableObjectState, env: StateEnv, journal: Journal) {
    this.#ctx = ctx
    this.#env = env
    this.#journal = journal
  }

  /**
   * A new incarnation: a doorbell may have been lost with the one before, and a consumer may be new, which has it all before it. What
   * is due already is rung for anyway.
   */
  wake(): void {
    const now = Date.now()
    const { agenda } = this.#journal
    const behind = this.#behind().filter((consumer) => !agenda.isDue('ring', consumer, now))
    if (behind.length === 0) return
    // Once the constructor is through, as `Turns.wake`: it writes nothing.
    this.#ctx.waitUntil(Promise.resolve().then(() => this.#catchUp(behind)))
  }

  #catchUp(behind: readonly Consumer[]): void {
    const { agenda } = this.#journal
    const forgotten = behind.filter((consumer) => !agenda.has('ring', consumer))
    const at = Date.now() + lagMs
    const plan = () => {
      for (const consumer of forgotten) agenda.put('ring', consumer, at)
    }
    if (forgotten.length > 0) this.#journal.write(plan)
    this.#ringSoon()
  }

  /** Who has not acknowledged all there is. */
  #behind(): readonly Consumer[] {
    const { log, state } = this.#journal
    const acknowledged = log.acknowledgements()
    return this.#consumers.filter((consumer) => (acknowledged.get(consumer) ?? 0) < state.seq)
  }

  get #consumers(): readonly Consumer[] {
    return consumersOf(this.#env)
  }

  /** Whether the list is being told of something: more is going on than one change after the other. */
  get noting(): boolean {
    return this.#noting !== null
  }

  /** Tells everyone, after the commit. Resolves when the subject's list knows, or will not soon: it is due then. */
  async tell(): Promise<void> {
    this.#ringSoon()
    await new Promise<void>((resolve) => {
      const enough = setTimeout(resolve, patienceMs)
      void this.#noteQuietly().then(() => {
        clearTimeout(enough)
        resolve()
      })
    })
  }

  /** The same, but if the list was told just now, it is told again in a moment, and nobody waits for it. */
  async tellSoon(): Promise<void> {
    if (!this.#noting && !this.#noteLater && Date.now() >= this.#notedAt + noteGapMs) return this.tell()
    this.#ringSoon()
    this.#noteLater ??= setTimeout(() => {
      this.#noteLater = null
      void this.#noteQuietly()
    }, noteGapMs)
  }

  /** What happens together is one doorbell, out of the way of what the user waits for. If the object dies first, it is due anyway. */
  #ringSoon(): void {
    this.#bell ??= setTimeout(() => {
      this.#bell = null
      const { turns, running, paused } = this.#journal.state
      for (const consumer of this.#behind()) this.#ring(queueOf(this.#env, consumer))
      // Nobody has started what was accepted: ask for it by way of the queue.
      if (turns.length > 0 && !running && !paused && !planted('doorbell-off')) this.#ring(this.#env.CONVERSATION_INBOUND)
    }, bellMs)
  }

  /** The row is due: someone may not know yet. */
  async attend(due: Due): Promise<void> {
    const { agenda, state } = this.#journal
    if (due.kind === 'ring') {
      // Who has it all meanwhile, or is no longer asked to, is let go.
      const behind = this.#behind().find((consumer) => consumer === due.key)
      if (behind) this.#ring(queueOf(this.#env, behind))
      return this.#journal.write(() => (behind ? this.putOff(due) : agenda.drop('ring', due.key)))
    }
    await this.#note()
    this.#journal.write(() => (this.#journal.state.seq === state.seq ? agenda.drop('home') : agenda.put('home', '', Date.now() + lagMs)))
  }

  /** Tried without success, or not yet known: later, and later each time. */
  putOff({ kind, key, tries }: Due): void {
    this.#journal.agenda.put(kind, key, Date.now() + lagAfter(tries + 1), tries + 1)
  }

  /**
   * A consumer has applied everything up to `seq`. Its row stays until it is due, and is looked at then: one that goes with every
   * acknowledgement and comes back with the next event would cost each answer two rows more for each consumer. But who was away is
   * there again, and need not wait as long as then.
   */
  acknowledge(name: string, seq: number): void {
    const { agenda, log, state } = this.#journal
    if (!log.exists) return
    this.#journal.write(() => {
      log.acknowledge(name, Math.min(seq, state.seq))
      if (!agenda.tries('ring', name)) return
      if (seq >= state.seq) agenda.drop('ring', name)
      else agenda.put('ring', name, Date.now() + lagMs)
    })
  }

  /** The events that consumer `name` has not acknowledged, at most `limit`. */
  unacknowledged(name: string, limit: number): Unacknowledged {
    const { log, state } = this.#journal
    const events: Event[] = []
    let units = 0
    for (const { seq, at, body } of log.after(log.acknowledged(name))) {
      const event: Event = { seq, at, ...JSON.parse(body) }
      // Copied by a fork: it has had its effects where it came from.
      if (event.origin) continue
      units += body.length
      if (events.length === limit || (events.length > 0 && units > consumerPageUnits)) break
      events.push(event)
    }
    return { subject: state.subject ?? '', summary: this.summary(), events, last_seq: state.seq }
  }

  /** The session as lists show it. */
  summary(): SessionSummary {
    const { log, state } = this.#journal
    return {
      session_id: log.session,
      title: state.title,
      state: state.paused ? 'paused' : state.turns.length > 0 ? 'running' : 'idle',
      created_at: state.createdAt,
      updated_at: state.at,
      last_turn_id: state.lastTurnId,
    }
  }

  #noteQuietly(): Promise<void> {
    return this.#note().catch((error) => logFault('home.unreachable', error, { session: this.#journal.log.session }))
  }

  /** One note at a time; whoever comes meanwhile shares the next, which says all that has happened by then. */
  #note(): Promise<void> {
    if (this.#noting) {
      this.#nextNote ??= this.#noting
        .catch(() => {})
        .then(() => {
          this.#nextNote = null
          return this.#note()
        })
      return this.#nextNote
    }
    const noting = this.#tellHome().finally(() => {
      this.#noting = null
    })
    this.#noting = noting
    return noting
  }

  async #tellHome(): Promise<void> {
    const { log, state } = this.#journal
    if (!state.subject || state.seq <= this.#notedSeq) return
    this.#notedAt = Date.now()
    const home = this.#env.HOME.getByName(homeCoordinate(TenantId.parse(log.tenant), Subject.parse(state.subject)))
    await home.note({ summary: this.summary(), seq: state.seq, deleted: state.deleted })
    this.#notedSeq = state.seq
  }

  #ring(queue: Queue): void {
    const { log, state } = this.#journal
    const doorbell: Doorbell = { tenant: log.tenant, session: SessionId.parse(log.session), seq: state.seq }
    this.#ctx.waitUntil(queue.send(doorbell).catch((error) => logFault('doorbell.failed', error, { session: log.session })))
  }
}
