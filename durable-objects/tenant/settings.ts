/** A tenant's settings: the current ones in full, and the history of changes with masked secrets. */
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { type MaskedDifference as Difference, maskedDiff } from '../../shared/secrets/mask.ts'
import { defaultSettings, parseStoredSettings, type Settings } from '../../shared/settings/settings.ts'
import { applySettingsUpdate, type SettingsUpdate } from '../../shared/settings/settings-update.ts'

/** A recorded change of settings. `at` in Unix ms. */
export type SettingsEntry = {
  readonly version: number
  readonly at: number
  readonly subject: string
  /** The differences as JSON, because RPC has no type for arbitrary values. */
  readonly diff: string
}

/** The number of newest changes to keep. The audit trail has older ones. */
const maxChanges = 1_000

export class TenantSettings {
  static readonly schema = `
    CREATE TABLE settings (body TEXT NOT NULL);
    CREATE TABLE settings_change (version INTEGER PRIMARY KEY, at INTEGER NOT NULL, subject TEXT NOT NULL, diff TEXT NOT NULL);
  `
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  version(): number {
    return this.#sql.exec<{ version: number }>('SELECT ifnull(max(version), 0) AS version FROM settings_change').one().version
  }

  /** The settings, with defaults for fields that newer code has added. */
  current(hasChanges: boolean): Settings {
    const body = hasChanges ? this.#sql.exec<{ body: string }>('SELECT body FROM settings').toArray()[0]?.body : undefined
    return body === undefined ? defaultSettings : parseStoredSettings(body)
  }

  change(change: SettingsUpdate, subject: string, expected: number | undefined, at: number): Result<null, Failure> {
    const version = this.version()
    if (expected !== undefined && expected !== version) return fail({ kind: 'version_conflict', seq: version, of: 'settings' })
    const before = this.current(true)
    const after = applySettingsUpdate(before, change)
    if (!after.ok) return after
    const diff = maskedDiff(before, after.value)
    if (diff.length === 0) return ok(null)
    this.#sql.exec('DELETE FROM settings')
    this.#sql.exec('INSERT INTO settings VALUES (?)', JSON.stringify(after.value))
    this.record(diff, subject, at)
    return ok(null)
  }

  /** Records a new version. The caller must mask secrets in `diff`. */
  record(diff: readonly Difference[], subject: string, at: number): void {
    this.#sql.exec(
      'INSERT INTO settings_change (version, at, subject, diff) VALUES (?, ?, ?, ?)',
      this.version() + 1,
      at,
      subject,
      JSON.stringify(diff),
    )
    this.#sql.exec('DELETE FROM settings_change WHERE version <= ?', this.version() - maxChanges)
  }

  history(before: number, limit: number): SettingsEntry[] {
    const rows = this.#sql.exec<SettingsEntry>(
      'SELECT version, at, subject, diff FROM settings_change WHERE version < ? ORDER BY version DESC LIMIT ?',
      before,
      limit,
    )
    return rows.toArray()
  }
}
