/** What a namespace knows about a message: a ranking of its memories. The index is built once, and again after a change. */

import { PassageIndex } from '../../shared/memory/ranking/ranking.ts'
import type { RecalledMemory } from '../../shared/memory/recall.ts'

/** A search for a turn of `session`, whose own messages its prompt has already. The first question that finds something counts. */
export interface MemorySearch {
  readonly questions: readonly string[]
  readonly session: string
  readonly limit: number
}

type Row = RecalledMemory & { readonly sessions: number }

/** Memories in the order of their sessions. `sessions`: those that said it. */
const selectAll = `SELECT id, key, text, created_at AS at,
  (SELECT session FROM source WHERE memory = memory.id ORDER BY session, seq LIMIT 1) AS session,
  (SELECT count(DISTINCT session) FROM source WHERE memory = memory.id) AS sessions
  FROM memory ORDER BY session, n`

export class MemoryRecall {
  readonly #sql: SqlStorage
  #ranked: { readonly rows: readonly Row[]; readonly index: PassageIndex } | null = null

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The memories have changed. */
  invalidate(): void {
    this.#ranked = null
  }

  relevant({ questions, session, limit }: MemorySearch): RecalledMemory[] {
    const { rows, index } = this.#rank()
    const isElsewhere = (row: Row): boolean => row.session !== session || row.sessions > 1
    for (const question of questions) {
      const found = index.recall(question, limit, (at) => rows[at] !== undefined && isElsewhere(rows[at]))
      if (found.length > 0) return found.flatMap(({ at }) => toRecalled(rows[at]))
    }
    return []
  }

  #rank() {
    if (this.#ranked) return this.#ranked
    const rows = this.#sql.exec<Row & Record<string, SqlStorageValue>>(selectAll).toArray()
    // A stored fact stands alone.
    const index = new PassageIndex(rows.map(({ id, key, text, session }) => ({ session: session ?? id, text, notes: key ?? undefined })))
    this.#ranked = { rows, index }
    return this.#ranked
  }
}

const toRecalled = (row: Row | undefined): RecalledMemory[] =>
  row ? [{ id: row.id, key: row.key, text: row.text, at: row.at, session: row.session }] : []
