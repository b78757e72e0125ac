/**
 * Scans new contents. A content is readable once a scanner has accepted it. Each scan has a row, so a restart loses none.
 */
import type { AttachmentStatus } from '../../shared/api/attachments.ts'
import { exponential } from '../../shared/lib/backoff.ts'
import { withTimeout } from '../../shared/lib/timeout.ts'
import type { Scanner, ScanVerdict } from '../../shared/scan/scanner.ts'

/** The status of a content, and the name of what the scanner found. */
export interface ScanResult {
  readonly status: AttachmentStatus
  readonly finding: string | null
}

/** What scans need of their object. */
export interface ScanHost {
  readonly sql: SqlStorage
  /** Null: none is configured. */
  scanner(): Scanner | null
  /** Files are accepted unscanned after `openAttempts` attempts without a verdict. */
  failsOpen(): boolean
  /** Null: the bucket lost the bytes. */
  read(key: string): Promise<ReadableStream<Uint8Array> | null>
  write<T>(change: () => T): T
  wakeBy(at: number): void
  log(event: 'files.unscanned' | 'files.accepted_unscanned' | 'files.quarantined', fields: { error?: unknown; attempts: number }): void
}

/** Scans of a tenant at a time. */
const maxRunning = 4
/** The longest scan. Milliseconds. A scan whose object restarted is repeated a little later. */
const scanMs = 120_000
/** The delay before the first repetition, and the longest. Milliseconds. */
const retryMs = 1_000
const maxRetryMs = 300_000
/** Attempts without a verdict until a content is accepted, where that is allowed. */
const openAttempts = 3

type Due = { sha256: string; key: string; size: number; tries: number }

export class Scans {
  readonly #host: ScanHost
  readonly #running = new Map<string, Promise<void>>()

  constructor(host: ScanHost) {
    this.#host = host
  }

  /** The status of a new content. Call inside a transaction. */
  admit(sha256: string): AttachmentStatus {
    if (this.#host.scanner() === null) return 'clean'
    const now = Date.now()
    this.#host.sql.exec('INSERT OR REPLACE INTO scan VALUES (?, 0, ?)', sha256, now)
    this.#host.wakeBy(now)
    return 'pending'
  }

  /** Starts the scans that are due. Never rejects. */
  startDue(): void {
    const due = this.#host.sql
      .exec<Due>('SELECT sha256, key, size, tries FROM scan JOIN content USING (sha256) WHERE at <= ? ORDER BY at', Date.now())
      .toArray()
    for (const content of due) {
      if (this.#running.size >= maxRunning) return
      if (this.#running.has(content.sha256)) continue
      // A row of a scan that runs is due again if the object restarts meanwhile.
      this.#host.sql.exec('UPDATE scan SET at = ? WHERE sha256 = ?', Date.now() + scanMs + retryMs, content.sha256)
      this.#running.set(
        content.sha256,
        this.#scan(content).finally(() => {
          this.#running.delete(content.sha256)
          this.startDue()
        }),
      )
    }
  }

  /** When the next scan starts. While all slots are in use, their ends start the due ones. Null: no content waits. */
  nextAt(): number | null {
    const after = this.#running.size < maxRunning ? 0 : Date.now()
    return this.#host.sql.exec<{ at: number | null }>('SELECT min(at) AS at FROM scan WHERE at > ?', after).one().at
  }

  /** The status of a content, after its scan or `waitMs`. Null: there is no such content. */
  async settled(sha256: string, waitMs: number): Promise<ScanResult | null> {
    if (this.#result(sha256)?.status === 'pending') {
      this.startDue()
      const scan = this.#running.get(sha256)
      if (scan) await withTimeout(scan, waitMs)
    }
    return this.#result(sha256)
  }

  async #scan({ sha256, key, size, tries }: Due): Promise<void> {
    try {
      const verdict = await this.#verdict(key, size)
      if (verdict.kind === 'clean') this.#settle(sha256, 'clean', null)
      else if (verdict.kind === 'too_large' && this.#host.failsOpen()) this.#accept(sha256, tries + 1)
      else {
        this.#settle(sha256, 'quarantined', verdict.kind === 'infected' ? verdict.finding : 'too large for the scanner')
        this.#host.log('files.quarantined', { attempts: tries + 1 })
      }
    } catch (error) {
      const attempts = tries + 1
      this.#host.log('files.unscanned', { error, attempts })
      if (attempts >= openAttempts && this.#host.failsOpen()) return this.#accept(sha256, attempts)
      const at = Date.now() + exponential(attempts, retryMs, maxRetryMs)
      this.#host.write(() => this.#host.sql.exec('UPDATE scan SET tries = ?, at = ? WHERE sha256 = ?', attempts, at, sha256))
      this.#host.wakeBy(at)
    }
  }

  async #verdict(key: string, size: number): Promise<ScanVerdict> {
    const scanner = this.#host.scanner()
    // Without a scanner, what waited for one goes on waiting.
    if (scanner === null) throw new Error('no scanner is configured')
    const bytes = await this.#host.read(key)
    if (bytes === null) throw new Error('the bucket lost a file')
    return scanner.scan(bytes, size, AbortSignal.timeout(scanMs))
  }

  #accept(sha256: string, attempts: number): void {
    this.#settle(sha256, 'clean', null)
    this.#host.log('files.accepted_unscanned', { attempts })
  }

  #settle(sha256: string, status: AttachmentStatus, finding: string | null): void {
    this.#host.write(() => {
      this.#host.sql.exec('UPDATE content SET status = ?, finding = ? WHERE sha256 = ?', status, finding, sha256)
      this.#host.sql.exec('DELETE FROM scan WHERE sha256 = ?', sha256)
    })
  }

  #result(sha256: string): ScanResult | null {
    const rows = this.#host.sql.exec<ScanResult & Record<string, SqlStorageValue>>(
      'SELECT status, finding FROM content WHERE sha256 = ?',
      sha256,
    )
    return rows.toArray()[0] ?? null
  }
}
