/** The personas of a tenant: SQL of the tenant object. The audit trail has every change. */
import { longFields, Persona, type PersonaEntry, type StoredPersona } from '../../shared/persona/persona.ts'
import { personaLimits } from '../../shared/persona/persona-limits.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'

/** Creates the table of personas. */
export function createPersonaTable(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE persona (id TEXT PRIMARY KEY, version INTEGER NOT NULL, owner TEXT NOT NULL, updated_at INTEGER NOT NULL,
      updated_by TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID`,
  )
}

type Row = Omit<StoredPersona, 'persona'> & { readonly body: string }

const Stored = Persona.strip()
const Entry = Stored.omit(longFields)
/** The SQL paths of the fields that the list leaves out. */
const longPaths = Object.keys(longFields)
  .map((field) => `'$.${field}'`)
  .join(', ')

export class TenantPersonas {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Every persona, by id. One that a newer release wrote in another form is left out. */
  all(): PersonaEntry[] {
    const rows = this.#sql.exec<Row>(
      `SELECT id, version, owner, updated_at, updated_by, json_remove(body, ${longPaths}) AS body FROM persona ORDER BY id`,
    )
    return rows.toArray().flatMap(({ body, ...row }) => {
      const parsed = Entry.safeParse(JSON.parse(body))
      return parsed.success ? [{ ...row, persona: parsed.data }] : []
    })
  }

  get(id: string): StoredPersona | null {
    const [stored] = this.#sql.exec<Row>('SELECT * FROM persona WHERE id = ?', id).toArray()
    if (!stored) return null
    const { body, ...row } = stored
    const parsed = Stored.safeParse(JSON.parse(body))
    return parsed.success ? { ...row, persona: parsed.data } : null
  }

  /** Stores a new persona. Fails if its id is taken, or if there are too many. */
  create(id: string, persona: Persona, subject: string, at: number): Result<StoredPersona, Failure> {
    if (this.#sql.exec('SELECT 1 FROM persona WHERE id = ?', id).toArray().length > 0)
      return fail({ kind: 'invalid', errors: [{ pointer: '/id', detail: 'is taken by another persona' }] })
    const { count } = this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM persona').one()
    if (count >= personaLimits.personas)
      return fail({
        kind: 'invalid',
        errors: [{ pointer: '', detail: `There may be at most ${personaLimits.personas} personas. Delete one first.` }],
      })
    const stored = { id, version: 1, owner: subject, updated_at: at, updated_by: subject, persona }
    this.#put(stored)
    return ok(stored)
  }

  /** Replaces a persona. Fails if its version is not `expected`. */
  replace(id: string, persona: Persona, subject: string, expected: number, at: number): Result<StoredPersona, Failure> {
    const before = this.get(id)
    if (!before) return fail({ kind: 'not_found' })
    if (before.version !== expected) return fail({ kind: 'version_conflict', seq: before.version, of: 'persona' })
    const stored = { ...before, version: expected + 1, updated_at: at, updated_by: subject, persona }
    this.#put(stored)
    return ok(stored)
  }

  /** False: there was none. */
  remove(id: string): boolean {
    return this.#sql.exec('DELETE FROM persona WHERE id = ?', id).rowsWritten > 0
  }

  #put({ id, version, owner, updated_at, updated_by, persona }: StoredPersona): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO persona VALUES (?, ?, ?, ?, ?, ?)',
      id,
      version,
      owner,
      updated_at,
      updated_by,
      JSON.stringify(persona),
    )
  }
}
