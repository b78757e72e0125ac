/**
 * The tenant's constitution: SQL of the tenant object. It has a record of each activation, newest last. A version is always the
 * same document; a rollback is a new record of an older version.
 */
import { type ConstitutionStamp, loadConstitution } from '../../shared/policy/constitution/constitution.ts'

/** The number of newest records to keep. */
const maxRecords = 50

/** One activation of a constitution. */
export interface ConstitutionRecord extends ConstitutionStamp {
  /** Grows with every record. */
  readonly seq: number
  readonly at: number
  readonly subject: string
  /** The version that this rollback replaced. Null: the constitution was loaded. */
  readonly rolled_back_from: number | null
}

/** A record with its document. */
export interface StoredConstitution extends ConstitutionRecord {
  /** Its canonical JSON. */
  readonly text: string
  readonly signature: string
}

/** Creates the table of constitutions. */
export function createConstitutionTable(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE constitution (seq INTEGER PRIMARY KEY, version INTEGER NOT NULL, checksum TEXT NOT NULL, at INTEGER NOT NULL,
      subject TEXT NOT NULL, rolled_back_from INTEGER, text TEXT NOT NULL, signature TEXT NOT NULL)`,
  )
}

type Row = { [Column in keyof StoredConstitution]: StoredConstitution[Column] }
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

  current(): StoredConstitution | null {
    return this.#sql.exec<Row>(`SELECT ${columns}, text, signature FROM constitution ORDER BY seq DESC LIMIT 1`).toArray()[0] ?? null
  }

  history(): ConstitutionRecord[] {
    return this.#sql.exec<Omit<Row, 'text' | 'signature'>>(`SELECT ${columns} FROM constitution ORDER BY seq DESC`).toArray()
  }

  newestVersion(): number {
    return this.#sql.exec<{ newest: number }>('SELECT coalesce(max(version), 0) AS newest FROM constitution').one().newest
  }

  put({ version, checksum }: ConstitutionStamp, text: string, signature: string, subject: string): ConstitutionRecord | null {
    if (this.newestVersion() >= version) return null
    return this.#record({ version, checksum, subject, rolled_back_from: null, text, signature })
  }

  rollBack(version: number, subject: string): ConstitutionRecord | null {
    const current = this.current()
    if (current === null || current.version === version) return null
    const [earlier] = this.#sql
      .exec<Row>(`SELECT ${columns}, text, signature FROM constitution WHERE version = ? ORDER BY seq DESC LIMIT 1`, version)
      .toArray()
    // A constitution that this code cannot load would deny everything.
    if (!earlier || loadConstitution(earlier.text) === null) return null
    const { checksum, text, signature } = earlier
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
    if (!row) throw new Error('the constitution was not recorded')
    // The delete keeps the highest version, which `newestVersion` reads.
    this.#sql.exec(
      `DELETE FROM constitution WHERE seq NOT IN (SELECT seq FROM constitution ORDER BY seq DESC LIMIT ?)
        AND version < (SELECT max(version) FROM constitution)`,
      maxRecords,
    )
    return row
  }
}
