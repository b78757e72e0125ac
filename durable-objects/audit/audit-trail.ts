/**
 * What was decided and changed in a tenant, each entry chained to the one before by its hash. One object per tenant, named by its id;
 * the only writer. Entries are only ever added; where they are not kept for ever, the oldest go, once they are copied, and an entry says so.
 */

import { DurableObject } from 'cloudflare:workers'
import { type ChainHead, chain, exportLine, genesis, genesisLink } from '../../shared/audit/chain.ts'
import type { AuditDoorbell } from '../../shared/audit/doorbell.ts'
import { type AuditDraft, type AuditEntry, canonical, pruneEntry } from '../../shared/audit/entry.ts'
import { exponential } from '../../shared/lib/backoff.ts'
import { logFault } from '../../shared/log.ts'
import { type Migrations, migrate, storedSchema } from '../session/schema.ts'

const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL, copied INTEGER NOT NULL);
      CREATE TABLE entry (
        seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, action TEXT NOT NULL,
        target TEXT NOT NULL, outcome TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL
      );
      CREATE INDEX entry_by_subject ON entry (subject, seq);
      CREATE INDEX entry_by_action ON entry (action, seq);
      CREATE INDEX entry_by_outcome ON entry (outcome, seq);
    `)
    sql.exec('INSERT INTO meta VALUES (1, 0)')
  },
  (sql) => {
    sql.exec('ALTER TABLE meta ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0')
    sql.exec(`ALTER TABLE meta ADD COLUMN pruned_hash TEXT NOT NULL DEFAULT '${genesis}'`)
  },
]

type Row = { seq: number; body: string; hash: string }

/** What entries may be asked for by. */
export interface AuditFilter {
  readonly subject?: string | undefined
  readonly action?: string | undefined
  readonly outcome?: string | undefined
  readonly kind?: string | undefined
  /** Unix ms, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

const filterable: Readonly<Record<keyof AuditFilter, string>> = {
  subject: 'subject = ?',
  action: 'action = ?',
  outcome: 'outcome = ?',
  kind: 'kind = ?',
  from: 'at >= ?',
  to: 'at <= ?',
}

/** UTF-16 units after which a page of lines ends. */
const pageUnits = 250_000

/** How long a doorbell waits for company; and how long copies may lag until it rings again, doubling up to an hour. Milliseconds. */
const bellMs = 1_000
const lagMs = 30_000
const maxLagMs = 3_600_000
const dayMs = 86_400_000
/** Entries that are dropped at once, and how long until the next. */
const pruneEntries = 20_000
const pruneAgainMs = 60_000

export class AuditTrail extends DurableObject<StateEnv> {
  readonly #sql = this.ctx.storage.sql
  #last: (ChainHead & { readonly at: number }) | null = null
  #bell: ReturnType<typeof setTimeout> | null = null
  #armed = false
  #tries = 0

  /** Adds entries, in order and all together. On disk when it answers. */
  record(drafts: readonly AuditDraft[]): ChainHead {
    this.#migrate()
    const tenant = this.ctx.id.name ?? ''
    let last = this.#head()
    this.ctx.storage.transactionSync(() => {
      for (const draft of drafts) {
        const entry: AuditEntry = { ...draft, tenant, seq: last.seq + 1, at: Math.max(Date.now(), last.at) }
        const body = canonical(entry)
        const hash = chain(last.hash, body)
        const { seq, at, kind, subject, action, target, outcome } = entry
        this.#sql.exec('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', seq, at, kind, subject, action, target, outcome, body, hash)
        last = { seq, at, hash }
      }
    })
    this.#last = last
    this.#ringSoon()
    return { seq: last.seq, hash: last.hash }
  }

  /** At most `limit` entries that fit `filter`, the newest first, before `before`: each as a line of an export. */
  page(filter: AuditFilter, before: number, limit: number): string[] {
    if (!this.#exists()) return []
    const wanted = (Object.keys(filterable) as (keyof AuditFilter)[]).filter((name) => filter[name] !== undefined)
    const where = ['seq < ?', ...wanted.map((name) => filterable[name])].join(' AND ')
    const rows = this.#sql.exec<Row>(
      `SELECT seq, body, hash FROM entry WHERE ${where} ORDER BY seq DESC LIMIT ?`,
      before,
      ...wanted.map((name) => filter[name] ?? null),
      limit,
    )
    return rows.toArray().map((row) => this.#line(row))
  }

  /** At most `limit` entries after `after` as lines, in order, and some 250 kB of them at most; and the last one's number. */
  lines(after: number, limit: number): { text: string; last: number } {
    if (!this.#exists()) return { text: '', last: after }
    let text = ''
    const pruned = this.#pruned()
    let last: ChainHead = after < pruned.seq ? pruned : { seq: after, hash: this.#hashOf(after) }
    for (const row of this.#sql.exec<Row>('SELECT seq, body, hash FROM entry WHERE seq > ? ORDER BY seq LIMIT ?', last.seq, limit)) {
      text += `${exportLine(row.body, last.hash, row.hash)}\n`
      last = row
      if (text.length > pageUnits) break
    }
    return { text, last: last.seq }
  }

  /** The newest link: what a copy or an export must end with. */
  head(): ChainHead {
    if (!this.#exists()) return genesisLink
    const { seq, hash } = this.#head()
    return { seq, hash }
  }

  // For whoever copies it.

  /** What was not copied yet, as `lines`. */
  uncopied(limit: number): { text: string; last: number } {
    return this.lines(this.#copied(), limit)
  }

  /** Everything up to `seq` has been copied. */
  acknowledge(seq: number): void {
    if (!this.#exists()) return
    this.#sql.exec('UPDATE meta SET copied = max(copied, ?)', Math.min(seq, this.#head().seq))
  }

  /** Rings for what was not copied, later each time, and drops what is not kept. Never throws: an alarm that does is not tried again for ever. */
  override async alarm(): Promise<void> {
    this.#armed = false
    if (!this.#exists()) return
    const more = this.#prune()
    if (this.#copied() >= this.#head().seq) {
      if (this.#keepMs() !== null) this.#arm(more ? pruneAgainMs : dayMs)
      return
    }
    this.#tries += 1
    this.#ring()
    this.#arm(exponential(this.#tries + 1, lagMs, maxLagMs))
  }

  /** Drops the oldest entries that are older than is kept and were copied; whether there may be more. The entry that says so comes first. */
  #prune(): boolean {
    const keepMs = this.#keepMs()
    if (keepMs === null) return false
    const { seq: before } = this.#pruned()
    const rows = this.#sql.exec<{ seq: number; hash: string }>(
      'SELECT seq, hash FROM entry WHERE seq > ? AND seq <= ? AND at < ? ORDER BY seq DESC LIMIT 1',
      before,
      Math.min(before + pruneEntries, this.#copied()),
      Date.now() - keepMs,
    )
    const [last] = rows.toArray()
    if (!last) return false
    this.record([pruneEntry({ through: last.seq, hash: last.hash })])
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec('UPDATE meta SET pruned = ?, pruned_hash = ?', last.seq, last.hash)
      this.#sql.exec('DELETE FROM entry WHERE seq <= ?', last.seq)
    })
    return last.seq - before === pruneEntries
  }

  /** How long entries are kept; null: for ever. */
  #keepMs(): number | null {
    const days = Number(this.env.SOMA_AUDIT_KEEP_DAYS)
    return days >= 1 ? days * dayMs : null
  }

  /** The last entry that was dropped. */
  #pruned(): ChainHead {
    return this.#sql.exec<{ seq: number; hash: string }>('SELECT pruned AS seq, pruned_hash AS hash FROM meta').one()
  }

  /** What comes together is one doorbell. If the object dies first, the alarm rings. */
  #ringSoon(): void {
    this.#bell ??= setTimeout(() => {
      this.#bell = null
      this.#tries = 0
      this.#ring()
    }, bellMs)
    if (!this.#armed) this.#arm(lagMs)
  }

  #ring(): void {
    const doorbell: AuditDoorbell = { tenant: this.ctx.id.name ?? '', seq: this.#head().seq }
    this.ctx.waitUntil(
      this.env.AUDIT_RELAY.send(doorbell).catch((error) => logFault('doorbell.failed', error, { tenant: doorbell.tenant })),
    )
  }

  #arm(inMs: number): void {
    this.#armed = true
    void this.ctx.storage.setAlarm(Date.now() + inMs)
  }

  #copied(): number {
    return this.#exists() ? this.#sql.exec<{ copied: number }>('SELECT copied FROM meta').one().copied : 0
  }

  #line({ seq, body, hash }: Row): string {
    return exportLine(body, this.#hashOf(seq - 1), hash)
  }

  #hashOf(seq: number): string {
    const [entry] = this.#sql.exec<{ hash: string }>('SELECT hash FROM entry WHERE seq = ?', seq).toArray()
    const pruned = this.#pruned()
    return entry?.hash ?? (pruned.seq === seq ? pruned.hash : genesis)
  }

  /** Whether there are tables; if so, they are as this code knows them. */
  #exists(): boolean {
    if (storedSchema(this.#sql) === 0) return false
    this.#migrate()
    return true
  }

  /** The newest entry, from disk once. */
  #head(): ChainHead & { readonly at: number } {
    if (this.#last) return this.#last
    const rows = this.#sql.exec<{ seq: number; at: number; hash: string }>('SELECT seq, at, hash FROM entry ORDER BY seq DESC LIMIT 1')
    this.#last = rows.toArray()[0] ?? { ...genesisLink, at: 0 }
    return this.#last
  }

  #migrate(): void {
    migrate(this.ctx.storage, storedSchema(this.#sql), migrations)
  }
}
