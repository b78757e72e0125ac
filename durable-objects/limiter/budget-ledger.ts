/**
 * Usage and reservations, by day and account. A reservation counts as usage until it is settled. One that expires, because its
 * runner stopped, is settled in full. Call every method inside a transaction.
 */
import {
  type Allowance,
  type Amount,
  addAmounts,
  type BudgetPlan,
  dayOf,
  type Grant,
  grant,
  subtractAmounts,
  userAccount,
  zeroAmount,
} from '../../shared/limits/budget.ts'

/** A reservation for a call. `key` names the attempt: `session/turn/token/n`. */
export interface Reservation {
  readonly key: string
  readonly accounts: readonly { readonly name: string; readonly limit: Allowance }[]
  readonly plan: BudgetPlan
}

/** The usage of one account on one day. */
export interface AccountUsage {
  readonly account: string
  readonly used: Amount
  readonly reserved: Amount
}

/** The usage of one account on one past day. */
export interface DayUsage {
  /** In UTC, `YYYY-MM-DD`. */
  readonly day: string
  readonly used: Amount
}

/** How long a reservation lasts before it is settled in full. A later settlement still corrects it. Milliseconds. */
const expiryMs = 15 * 60_000
/** How long the usage of a day is stored. Milliseconds. */
const retentionMs = 32 * 86_400_000
const dayMs = 86_400_000
/** Days of a history, today included. */
const historyDays = 30
/** Users with the most tokens, in a report. */
const listedUsers = 200

type UseRow = { day: string; account: string; tokens: number; micros: number; held_tokens: number; held_micros: number }
type ReservationRow = { key: string; day: string; accounts: string; tokens: number; micros: number; output_tokens: number; expired: number }

export class BudgetLedger {
  static readonly schema = `
    CREATE TABLE budget_use (day TEXT NOT NULL, account TEXT NOT NULL, tokens INTEGER NOT NULL, micros INTEGER NOT NULL,
      held_tokens INTEGER NOT NULL, held_micros INTEGER NOT NULL, PRIMARY KEY (day, account)) WITHOUT ROWID;
    CREATE TABLE reservation (key TEXT PRIMARY KEY, day TEXT NOT NULL, accounts TEXT NOT NULL, tokens INTEGER NOT NULL, micros INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL, until INTEGER NOT NULL, expired INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX reservation_by_until ON reservation (expired, until);
  `
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  reserve({ key, accounts, plan }: Reservation, now: number): Grant {
    this.#expire(now)
    const existing = this.#reservation(key)
    if (existing) return { ok: true, amount: amountOf(existing), outputTokens: existing.output_tokens }
    const day = dayOf(now)
    const granted = grant(
      accounts.map(({ name, limit }) => ({ name, limit, usedAndReserved: this.#usedAndReserved(day, name) })),
      plan,
    )
    if (!granted.ok) return granted
    const { amount, outputTokens } = granted
    const names = accounts.map(({ name }) => name)
    for (const name of names) this.#add(day, name, zeroAmount, amount)
    this.#sql.exec(
      `INSERT INTO reservation (key, day, accounts, tokens, micros, output_tokens, until, expired) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
      key,
      day,
      JSON.stringify(names),
      amount.tokens,
      amount.micros,
      outputTokens,
      now + expiryMs,
    )
    return granted
  }

  /** Settles at most what was reserved, so a limit is never exceeded. */
  settle(key: string, cost: Amount, now: number): void {
    this.#expire(now)
    const reservation = this.#reservation(key)
    if (!reservation) return
    const reserved = amountOf(reservation)
    const actual = { tokens: clamp(cost.tokens, reserved.tokens), micros: clamp(cost.micros, reserved.micros) }
    for (const name of accountsOf(reservation)) {
      if (reservation.expired) this.#add(reservation.day, name, subtractAmounts(actual, reserved), zeroAmount)
      else this.#add(reservation.day, name, actual, subtractAmounts(zeroAmount, reserved))
    }
    this.#sql.exec('DELETE FROM reservation WHERE key = ?', key)
  }

  record(accounts: readonly string[], cost: Amount, now: number): void {
    for (const name of accounts) this.#add(dayOf(now), name, cost, zeroAmount)
  }

  /** Of users: those of `subjects`, and those with the most tokens. */
  usage(now: number, subjects: readonly string[]): AccountUsage[] {
    this.#expire(now)
    const day = dayOf(now)
    const rows = this.#sql
      .exec<UseRow>(
        `SELECT * FROM budget_use WHERE day = ?1 AND (account NOT GLOB 'user:*' OR account IN (SELECT value FROM json_each(?2)) OR account IN
          (SELECT account FROM budget_use WHERE day = ?1 AND account GLOB 'user:*' ORDER BY tokens + held_tokens DESC LIMIT ${listedUsers}))
         ORDER BY account`,
        day,
        JSON.stringify(subjects.map(userAccount)),
      )
      .toArray()
    return rows.map(({ account, tokens, micros, held_tokens, held_micros }) => ({
      account,
      used: { tokens, micros },
      reserved: { tokens: held_tokens, micros: held_micros },
    }))
  }

  /** Usage of one account by day, oldest first. It covers the last 30 days, including today, and leaves out days without usage. Reads at most 30 rows. */
  history(account: string, now: number): DayUsage[] {
    const days = Array.from({ length: historyDays }, (_, index) => dayOf(now - index * dayMs))
    const rows = this.#sql
      .exec<Pick<UseRow, 'day' | 'tokens' | 'micros'>>(
        `SELECT day, tokens, micros FROM json_each(?) AS wanted JOIN budget_use ON day = wanted.value AND account = ? ORDER BY day`,
        JSON.stringify(days),
        account,
      )
      .toArray()
    return rows.map(({ day, tokens, micros }) => ({ day, used: { tokens, micros } }))
  }

  /** Settles expired reservations in full, and deletes old days. */
  #expire(now: number): void {
    const expired = this.#sql.exec<ReservationRow>('SELECT * FROM reservation WHERE expired = 0 AND until <= ?', now).toArray()
    for (const reservation of expired) {
      const reserved = amountOf(reservation)
      for (const name of accountsOf(reservation)) this.#add(reservation.day, name, reserved, subtractAmounts(zeroAmount, reserved))
      this.#sql.exec('UPDATE reservation SET expired = 1 WHERE key = ?', reservation.key)
    }
    this.#sql.exec('DELETE FROM reservation WHERE expired = 1 AND until <= ?', now - dayMs)
    this.#sql.exec('DELETE FROM budget_use WHERE day < ?', dayOf(now - retentionMs))
  }

  #reservation(key: string): ReservationRow | undefined {
    return this.#sql.exec<ReservationRow>('SELECT * FROM reservation WHERE key = ?', key).toArray()[0]
  }

  #usedAndReserved(day: string, account: string): Amount {
    const row = this.#sql.exec<UseRow>('SELECT * FROM budget_use WHERE day = ? AND account = ?', day, account).toArray()[0]
    return row ? addAmounts({ tokens: row.tokens, micros: row.micros }, { tokens: row.held_tokens, micros: row.held_micros }) : zeroAmount
  }

  #add(day: string, account: string, used: Amount, reservation: Amount): void {
    this.#sql.exec(
      `INSERT INTO budget_use (day, account, tokens, micros, held_tokens, held_micros) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (day, account) DO UPDATE SET tokens = tokens + excluded.tokens, micros = micros + excluded.micros,
         held_tokens = held_tokens + excluded.held_tokens, held_micros = held_micros + excluded.held_micros`,
      day,
      account,
      used.tokens,
      used.micros,
      reservation.tokens,
      reservation.micros,
    )
  }
}

const amountOf = ({ tokens, micros }: ReservationRow): Amount => ({ tokens, micros })
const accountsOf = ({ accounts }: ReservationRow): string[] => JSON.parse(accounts)
const clamp = (value: number, max: number): number => (Number.isFinite(value) ? Math.min(Math.max(0, Math.ceil(value)), max) : max)
