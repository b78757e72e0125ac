/**
 * The audit trail of a tenant: decisions and changes, each entry chained to the previous one by its hash. One object per
 * tenant, named by its id; the only writer. Entries are append-only and bounded. The oldest copied entries are pruned, and an
 * entry records that.
 */
import { boundDraft } from '../../shared/audit/bound.ts'
import { type ChainHead, chainHash, exportLine, genesis, genesisHead } from '../../shared/audit/chain.ts'
import type { AuditDoorbell } from '../../shared/audit/doorbell.ts'
import { type AuditDraft, type AuditEntry, canonical, pruneEntry } from '../../shared/audit/entry.ts'
import { repeatKey, repeatMs, summaryMs, summaryOf } from '../../shared/audit/repeat.ts'
import { AuditQuotaExceeded } from '../../shared/faults.ts'
import { exponential } from '../../shared/lib/backoff.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { logger } from '../logger.ts'
import type { Migrations } from '../migrations.ts'
import { SqlObject } from '../sql-object.ts'
import { auditBackup } from './backup.ts'
import { Repeats } from './repeats.ts'
import { StorageAlarm } from './storage-alarm.ts'
import { SubjectUsage } from './subject-usage.ts'

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

/** The filter of a query. Every field that is set must match. */
export interface AuditFilter {
  readonly subject?: string | undefined
  readonly action?: string | undefined
  readonly outcome?: string | undefined
  readonly kind?: string | undefined
  /** Unix ms, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** 1: changes, and decisions that refuse. */
  readonly notable?: 1 | undefined
}

const conditions: Readonly<Record<keyof AuditFilter, string>> = {
  subject: 'subject = ?',
  action: 'action = ?',
  outcome: 'outcome = ?',
  kind: 'kind = ?',
  from: 'at >= ?',
  to: 'at <= ?',
  notable: "? = 1 AND (kind = 'change' OR outcome <> 'allowed')",
}

/** UTF-16 units after which a page of lines ends. */
const pageUnits = 250_000

/** How long doorbells are collected before one is sent. Milliseconds. */
const coalesceMs = 1_000
/** The delay before a doorbell is repeated. It doubles with each repetition, up to `maxRetryMs`. Milliseconds. */
const retryMs = 30_000
const maxRetryMs = 3_600_000
const dayMs = 86_400_000
/** The most entries that one alarm prunes. */
const maxPrunedEntries = 20_000
/** The delay before the next pruning, if more entries may follow. Milliseconds. */
const nextPruneMs = 60_000

export class AuditTrail extends SqlObject {
  static readonly backup = auditBackup

  readonly #sql = this.ctx.storage.sql
  #last: (ChainHead & { readonly at: number }) | null = null
  #doorbellTimer: ReturnType<typeof setTimeout> | null = null
  readonly #repeats = new Repeats(this.#sql)
  readonly #usage = new SubjectUsage(this.#sql)
  readonly #storageAlarm = new StorageAlarm(this.ctx, this.env)
  #isArmed = false
  #attempts = 0

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations)
  }

  /**
   * Appends entries in order, in one transaction. They are on disk when it returns. Each is bounded. An entry that equals a recent one is
   * counted. `isRequired`: a change waits for these entries. Throws `AuditQuotaExceeded` for a subject over its quota.
   */
  record(drafts: readonly AuditDraft[], isRequired = false): ChainHead {
    this.tables.migrate()
    const now = Date.now()
    if (isRequired) for (const { subject } of drafts) if (this.#usage.isOverQuota(subject, now)) throw new AuditQuotaExceeded()
    const head = this.ctx.storage.transactionSync(() => this.#append([...this.#repeats.takeEnded(now), ...drafts.map(boundDraft)], now))
    this.#last = head
    this.#sendDoorbellSoon()
    this.#storageAlarm.addUnits(head.units, now)
    return { seq: head.seq, hash: head.hash }
  }

  /** Chains entries, except those that are counted. Returns the last link and the units of the entries. Call inside a transaction. */
  #append(drafts: readonly AuditDraft[], now: number): ChainHead & { readonly at: number; readonly units: number } {
    const tenant = this.ctx.id.name ?? ''
    const bytes = new Map<string, number>()
    let units = 0
    let last = this.#head()
    for (const original of drafts) {
      const isCount = original.detail?.repeats !== undefined
      const summary = !isCount && this.#usage.isOverQuota(original.subject, now) ? summaryOf(original) : null
      const draft = summary ?? original
      const key = isCount ? null : repeatKey(draft)
      if (key !== null && this.#repeats.count(key, draft, now)) continue
      const entry: AuditEntry = { ...draft, tenant, seq: last.seq + 1, at: Math.max(now, last.at) }
      const body = canonical(entry)
      const hash = chainHash(last.hash, body)
      const { seq, at, kind, subject, action, target, outcome } = entry
      this.#sql.exec('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', seq, at, kind, subject, action, target, outcome, body, hash)
      if (key !== null) this.#repeats.setListed(key, { seq, endsAt: now + (summary ? summaryMs : repeatMs) })
      bytes.set(subject, (bytes.get(subject) ?? 0) + body.length)
      units += body.length
      last = { seq, at, hash }
    }
    if (bytes.size > 0) this.#usage.add(bytes, now)
    return { ...last, units }
  }

  /** Lists the entries that were only counted so far, so that a reader sees them. */
  #listRepeats(now: number | null): void {
    const head = this.ctx.storage.transactionSync(() => {
      const repeats = this.#repeats.takeEnded(now)
      return repeats.length > 0 ? this.#append(repeats, Date.now()) : null
    })
    if (head === null) return
    this.#last = head
    this.#sendDoorbellSoon()
  }

  /** At most `limit` entries before `before` that match `filter`, newest first, each as a line of an export. */
  page(filter: AuditFilter, before: number, limit: number): string[] {
    if (!this.tables.exist()) return []
    this.#listRepeats(null)
    const fields = (Object.keys(conditions) as (keyof AuditFilter)[]).filter((field) => filter[field] !== undefined)
    const where = ['seq < ?', ...fields.map((field) => conditions[field])].join(' AND ')
    const rows = this.#sql.exec<Row>(
      `SELECT seq, body, hash FROM entry WHERE ${where} ORDER BY seq DESC LIMIT ?`,
      before,
      ...fields.map((field) => filter[field] ?? null),
      limit,
    )
    return rows.toArray().map((row) => this.#line(row))
  }

  /** At most `limit` entries after `after` as lines, in order, about 250 kB in all. `last`: the seq of the last line. */
  lines(after: number, limit: number): { text: string; last: number } {
    if (!this.tables.exist()) return { text: '', last: after }
    this.#listRepeats(null)
    return this.#linesAfter(after, limit)
  }

  #linesAfter(after: number, limit: number): { text: string; last: number } {
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

  /** The newest link of the chain. A complete copy or export ends with it. */
  head(): ChainHead {
    if (!this.tables.exist()) return genesisHead
    const { seq, hash } = this.#head()
    return { seq, hash }
  }

  // For the consumer that copies the trail.

  /** The entries that are not copied yet, as `lines`. */
  uncopied(limit: number): { text: string; last: number } {
    return this.tables.exist() ? this.#linesAfter(this.#copied(), limit) : { text: '', last: 0 }
  }

  /** Records that every entry up to `seq` is copied. */
  acknowledge(seq: number): void {
    if (!this.tables.exist()) return
    this.#sql.exec('UPDATE meta SET copied = max(copied, ?)', Math.min(seq, this.#head().seq))
  }

  /**
   * Repeats the doorbell for entries that are not copied, with backoff, and prunes. Never throws: the runtime gives up on an
   * alarm that keeps throwing.
   */
  override async alarm(): Promise<void> {
    this.#isArmed = false
    if (!this.tables.exist()) return
    const now = Date.now()
    this.#listRepeats(now)
    const hasMore = this.#prune(now)
    this.#storageAlarm.check(now)
    const isBehind = this.#copied() < this.#head().seq
    if (isBehind) {
      this.#attempts += 1
      this.#sendDoorbell()
    }
    const nextEnd = this.#repeats.nextEnd()
    const delays = [
      isBehind ? exponential(this.#attempts + 1, retryMs, maxRetryMs) : null,
      hasMore ? nextPruneMs : null,
      nextEnd === null ? null : Math.max(0, nextEnd - now),
      this.#retentionMs() === null ? null : dayMs,
    ].filter((delay) => delay !== null)
    if (delays.length > 0) this.#arm(Math.min(...delays))
  }

  /**
   * Prunes copied entries that are older than the retention, or any copied entries while the storage is nearly full. True: more may
   * follow. First records an entry about the pruning.
   */
  #prune(now: number): boolean {
    const retentionMs = this.#storageAlarm.isNearlyFull() ? 0 : this.#retentionMs()
    if (retentionMs === null) return false
    const { seq: before } = this.#pruned()
    const rows = this.#sql.exec<{ seq: number; hash: string }>(
      'SELECT seq, hash FROM entry WHERE seq > ? AND seq <= ? AND at <= ? ORDER BY seq DESC LIMIT 1',
      before,
      Math.min(before + maxPrunedEntries, this.#copied()),
      now - retentionMs,
    )
    const [last] = rows.toArray()
    if (!last) return false
    this.record([pruneEntry({ through: last.seq, hash: last.hash })])
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec('UPDATE meta SET pruned = ?, pruned_hash = ?', last.seq, last.hash)
      this.#sql.exec('DELETE FROM entry WHERE seq <= ?', last.seq)
    })
    return last.seq - before === maxPrunedEntries
  }

  /** The retention. Milliseconds; null: unlimited. */
  #retentionMs(): number | null {
    const days = readVariable(this.env, 'SOMA_AUDIT_KEEP_DAYS')
    return days === null ? null : days * dayMs
  }

  /** The last entry that was pruned. */
  #pruned(): ChainHead {
    return this.#sql.exec<{ seq: number; hash: string }>('SELECT pruned AS seq, pruned_hash AS hash FROM meta').one()
  }

  /** Sends one doorbell for all entries of `coalesceMs`. If the object stops first, the alarm sends it. */
  #sendDoorbellSoon(): void {
    this.#doorbellTimer ??= setTimeout(() => {
      this.#doorbellTimer = null
      this.#attempts = 0
      this.#sendDoorbell()
    }, coalesceMs)
    if (!this.#isArmed) this.#arm(retryMs)
  }

  #sendDoorbell(): void {
    const doorbell: AuditDoorbell = { tenant: this.ctx.id.name ?? '', seq: this.#head().seq }
    this.ctx.waitUntil(
      this.env.AUDIT_RELAY.send(doorbell).catch((error) => logger.write('doorbell.failed', { error, tenant: doorbell.tenant })),
    )
  }

  #arm(inMs: number): void {
    this.#isArmed = true
    void this.ctx.storage.setAlarm(Date.now() + inMs)
  }

  #copied(): number {
    return this.tables.exist() ? this.#sql.exec<{ copied: number }>('SELECT copied FROM meta').one().copied : 0
  }

  #line({ seq, body, hash }: Row): string {
    return exportLine(body, this.#hashOf(seq - 1), hash)
  }

  #hashOf(seq: number): string {
    const [entry] = this.#sql.exec<{ hash: string }>('SELECT hash FROM entry WHERE seq = ?', seq).toArray()
    const pruned = this.#pruned()
    return entry?.hash ?? (pruned.seq === seq ? pruned.hash : genesis)
  }

  /** The newest entry, cached. */
  #head(): ChainHead & { readonly at: number } {
    if (this.#last) return this.#last
    const rows = this.#sql.exec<{ seq: number; at: number; hash: string }>('SELECT seq, at, hash FROM entry ORDER BY seq DESC LIMIT 1')
    this.#last = rows.toArray()[0] ?? { ...genesisHead, at: 0 }
    return this.#last
  }
}
