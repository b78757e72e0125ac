/** A session's timers: one table and one alarm for everything that is due later. */
import { backoff } from '../../shared/lib/backoff.ts'

/**
 * `turn`, `call`: a dispatch, or the end of a lease. `home`, `ring`: an outstanding update of the list or of a consumer. `erase`: the end
 * of a deleted session. `files`: an outstanding call to the attachments. `recording`: the end of a recording. `agent`: sub-sessions to stop,
 * delete or restore; its key is empty, because an earlier release drops only such a timer of a kind that it does not know. Stored values.
 */
export type TimerKind = 'turn' | 'call' | 'home' | 'ring' | 'erase' | 'files' | 'recording' | 'agent'

/** A timer as stored. `key` distinguishes timers of one kind. */
export interface Timer {
  readonly kind: TimerKind
  readonly key: string
  /** When the timer is due, Unix ms. */
  readonly at: number
  /** Failed attempts so far. */
  readonly tries: number
}

/** The delay before the first retry of a delivery. `backOff` doubles it for each further retry, up to `maxRetryMs`. Milliseconds. */
export const retryMs = 30_000
const maxRetryMs = 3_600_000

const timerName = (kind: TimerKind, key: string): string => `${kind}/${key}`

/** Memory holds all rows, so the earliest timer needs no query. */
export class Timers {
  readonly #storage: DurableObjectStorage
  readonly #rows = new Map<string, Timer>()
  #alarmAt: number | null = null

  /** `exists`: whether the tables exist. */
  constructor(storage: DurableObjectStorage, exists: boolean) {
    this.#storage = storage
    if (exists) this.load()
  }

  /** Reads the rows from disk. */
  load(): void {
    this.#rows.clear()
    for (const row of this.#storage.sql.exec<{ kind: TimerKind; key: string; at: number; tries: number }>(
      'SELECT kind, key, at, tries FROM due',
    )) {
      this.#rows.set(timerName(row.kind, row.key), row)
    }
  }

  static readonly schema =
    `CREATE TABLE due (kind TEXT, key TEXT, at INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID`

  has(kind: TimerKind, key = ''): boolean {
    return this.#rows.has(timerName(kind, key))
  }

  /** Failed attempts of a timer. Undefined: there is no such timer. */
  tries(kind: TimerKind, key: string): number | undefined {
    return this.#rows.get(timerName(kind, key))?.tries
  }

  /** Upserts a timer. Does not set the alarm; call `arm()` once at the end of the transaction. */
  put(kind: TimerKind, key: string, at: number, tries = 0): void {
    this.#rows.set(timerName(kind, key), { kind, key, at, tries })
    this.#storage.sql.exec('INSERT OR REPLACE INTO due (kind, key, at, tries) VALUES (?, ?, ?, ?)', kind, key, at, tries)
  }

  /** Moves a timer that ran to its next retry, with exponential backoff and jitter. The first wait is `retryMs` to `2 · retryMs`. */
  backOff({ kind, key, tries }: Timer): void {
    this.put(kind, key, Date.now() + backoff(tries + 2, retryMs, maxRetryMs), tries + 1)
  }

  drop(kind: TimerKind, key = ''): void {
    if (!this.#rows.delete(timerName(kind, key))) return
    this.#storage.sql.exec('DELETE FROM due WHERE kind = ? AND key = ?', kind, key)
  }

  /** Drops every timer of a kind. */
  dropAll(kind: TimerKind): void {
    for (const timer of [...this.#rows.values()]) if (timer.kind === kind) this.drop(kind, timer.key)
  }

  /** Moves a timer to `at`, unless it is due earlier. */
  moveForward(kind: TimerKind, key: string, at: number): void {
    const timer = this.#rows.get(timerName(kind, key))
    if (timer && timer.at > at) this.put(kind, key, at)
  }

  /** Whether this timer is due at `now`. */
  isDue(kind: TimerKind, key: string, now: number): boolean {
    const timer = this.#rows.get(timerName(kind, key))
    return timer !== undefined && timer.at <= now
  }

  /** The timers that are due at `now`. */
  due(now: number): Timer[] {
    return [...this.#rows.values()].filter(({ at }) => at <= now)
  }

  /**
   * Sets the alarm no later than the earliest timer. Call inside the transaction that changed a timer. An early alarm costs one query of an
   * empty table. Moving the alarm back would cost a durable write in every turn.
   */
  arm(): void {
    let earliest = Number.POSITIVE_INFINITY
    for (const { at } of this.#rows.values()) earliest = Math.min(earliest, at)
    if (!Number.isFinite(earliest) || (this.#alarmAt !== null && this.#alarmAt <= earliest)) return
    this.#alarmAt = earliest
    void this.#storage.setAlarm(earliest)
  }

  /** Delays a timer in memory only. If the object stops, the stored time applies. */
  delayInMemory({ kind, key, tries }: Timer, at: number): void {
    this.#rows.set(timerName(kind, key), { kind, key, at, tries })
  }

  /** Records when the runtime's alarm fires. Null: it has fired, or was never set. */
  setKnownAlarm(at: number | null): void {
    this.#alarmAt = at
  }
}
