/**
 * The tenant's constitution, in the tenant's object: a record of each time one was put in force, the newest last. A version is always the
 * same document; putting an older one back is a new record of it, which says so.
 */
import { type ConstitutionStamp, loadConstitution } from '../../shared/policy/constitution/constitution.ts'

/** How many of the newest records are kept. */
const kept = 50

/** One time that a constitution was put in force. */
export interface ConstitutionRecord extends ConstitutionStamp {
  /** Grows with every record. */
  readonly seq: number
  readonly at: number
  readonly subject: string
  /** The version in whose place this one was put back; null: it was loaded. */
  readonly rolled_back_from: number | null
}

export interface ConstitutionInForce extends ConstitutionRecord {
  /** Its canonical JSON. */
  readonly text: string
  readonly signature: string
}

export function makeConstitutionTable(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE constitution (seq INTEGER PRIMARY KEY, version INTEGER NOT NULL, checksum TEXT NOT NULL, at INTEGER NOT NULL,
      subject TEXT NOT NULL, rolled_back_from INTEGER, text TEXT NOT NULL, signature TEXT NOT NULL)`,
  )
}

type Row = { [Column in keyof ConstitutionInForce]: ConstitutionInForce[Column] }
const columns = 'seq, version, checksum, at, subject, rolled_back_from'

export class TenantConstitution {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  stamp(): (ConstitutionStamp & { readonly seq: number }) | null {
    type Stamp = { seq: number; version: number; checksum: string }
    return this.#sql.exec<Stamp>('SELECT seq, version, checksum FROM constitution ORDER BY seq DESC LIMIT 1').toArray()[0] ?? null
  }

  current(): ConstitutionInForce | null {
    return this.#sql.exec<Row>(`SELECT ${columns}, text, signature FROM constitution ORDER BY seq DESC LIMIT 1`).toArray()[0] ?? null
  }

  history(): ConstitutionRecord[] {
    return this.#sql.exec<Omit<Row, 'text' | 'signature'>>(`SELECT ${columns} FROM constitution ORDER BY seq DESC`).toArray()
  }

  newest(): number {
    return this.#sql.exec<{ newest: number }>('SELECT coalesce(max(version), 0) AS newest FROM constitution').one().newest
  }

  put({ version, checksum }: ConstitutionStamp, text: string, signature: string, subject: string): ConstitutionRecord | null {
    if (this.newest() >= version) return null
    return this.#record({ version, checksum, subject, rolled_back_from: null, text, signature })
  }

  rollBack(version: number, subject: string): ConstitutionRecord | null {
    const current = this.current()
    if (current === null || current.version === version) return null
    const [before] = this.#sql
      .exec<Row>(`SELECT ${columns}, text, signature FROM constitution WHERE version = ? ORDER BY seq DESC LIMIT 1`, version)
      .toArray()
    // One that this code cannot use would deny everything.
    if (!before || loadConstitution(before.text) === null) return null
    const { checksum, text, signature } = before
    return this.#record({ version, checksum, subject, rolled_back_from: current.version, text, signature })
  }

  #record({ version, checksum, subject, rolled_back_from, text, signature }: Omit<Row, 'seq' | 'at'>): ConstitutionRecord {
    const [row] = this.#sql
      .exec<Omit<Row, 'text' | 'signature'>>(
        `INSERT INTO constitution (version, checksum, at, subject, rolled_back_from, text, signature) VALUES (?, ?, ?, ?, ?, ?, ?)
          RETURNING ${columns}`,
        ...[version, checksum, Date.now(), subject, rolled_back_from, text, signature],
      )
      .toArray()
    if (!row) throw new Error('a constitution that was not recorded')
    // The newest version stays known, however often an older one was put back.
    this.#sql.exec(
      `DELETE FROM constitution WHERE seq NOT IN (SELECT seq FROM constitution ORDER BY seq DESC LIMIT ?)
        AND version < (SELECT max(version) FROM constitution)`,
      kept,
    )
    return row
  }
}
