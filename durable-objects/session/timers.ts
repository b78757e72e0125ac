/** What is due, and when: one table and one alarm for leases, lagging consumers and whatever else must not be forgotten. */

/** `turn`, `call`: dispatch, or the end of a lease. `home`, `ring`: someone who has not been told yet. */
export type TimerKind = 'turn' | 'call' | 'home' | 'ring'

export interface Timer {
  readonly kind: TimerKind
  readonly key: string
  /** Unix ms */
  readonly at: number
  /** How often it was tried without success. */
  readonly tries: number
}

const name = (kind: TimerKind, key: string): string => `${kind}/${key}`

/** At most a handful of rows, held in memory too, so that the earliest is found without a query. */
export class Timers {
  readonly #storage: DurableObjectStorage
  readonly #rows = new Map<string, Timer>()
  #alarmAt: number | null = null

  /** `exists`: the tables are there. */
  constructor(storage: DurableObjectStorage, exists: boolean) {
    this.#storage = storage
    if (exists) this.load()
  }

  /** Takes the rows as they are on disk. */
  load(): void {
    this.#rows.clear()
    for (const row of this.#storage.sql.exec<{ kind: TimerKind; key: string; at: number; tries: number }>(
      'SELECT kind, key, at, tries FROM due',
    )) {
      this.#rows.set(name(row.kind, row.key), row)
    }
  }

  static readonly schema =
    `CREATE TABLE due (kind TEXT, key TEXT, at INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID`

  has(kind: TimerKind, key = ''): boolean {
    return this.#rows.has(name(kind, key))
  }

  /** How often it was tried without success; undefined: it is not due at all. */
  tries(kind: TimerKind, key: string): number | undefined {
    return this.#rows.get(name(kind, key))?.tries
  }

  /** Puts, or moves. Arms nothing: the caller does, once, at the end of its transaction. */
  put(kind: TimerKind, key: string, at: number, tries = 0): void {
    this.#rows.set(name(kind, key), { kind, key, at, tries })
    this.#storage.sql.exec('INSERT OR REPLACE INTO due (kind, key, at, tries) VALUES (?, ?, ?, ?)', kind, key, at, tries)
  }

  drop(kind: TimerKind, key = ''): void {
    if (!this.#rows.delete(name(kind, key))) return
    this.#storage.sql.exec('DELETE FROM due WHERE kind = ? AND key = ?', kind, key)
  }

  /** Drops every row of a kind. */
  dropAll(kind: TimerKind): void {
    for (const due of [...this.#rows.values()]) if (due.kind === kind) this.drop(kind, due.key)
  }

  /** Brings a row forward, if it is later than `at`. */
  moveForward(kind: TimerKind, key: string, at: number): void {
    const due = this.#rows.get(name(kind, key))
    if (due && due.at > at) this.put(kind, key, at)
  }

  /** Whether this one is due at `now`. */
  isDue(kind: TimerKind, key: string, now: number): boolean {
    const due = this.#rows.get(name(kind, key))
    return due !== undefined && due.at <= now
  }

  /** What is due at `now`. */
  due(now: number): Timer[] {
    return [...this.#rows.values()].filter(({ at }) => at <= now)
  }

  /**
   * Makes sure that the alarm comes no later than the earliest row. Part of the transaction that it is called in. An alarm that
   * comes too early costs one look at an empty table; moving it back costs a durable write in every turn.
   */
  arm(): void {
    const earliest = Math.min(...Array.from(this.#rows.values(), ({ at }) => at))
    if (!Number.isFinite(earliest) || (this.#alarmAt !== null && this.#alarmAt <= earliest)) return
    this.#alarmAt = earliest
    void this.#storage.setAlarm(earliest)
  }

  /** Puts a row off in memory only: if the object dies, the row is due as it was. */
  snooze({ kind, key, tries }: Timer, at: number): void {
    this.#rows.set(name(kind, key), { kind, key, at, tries })
  }

  /** What the runtime has armed: null when the alarm has fired, or never was set. */
  alarmIs(at: number | null): void {
    this.#alarmAt = at
  }
}
