/**
 * What a namespace knows about a message: a ranking of what is current among its memories. It is derived from their texts, once after each
 * change. So an old value has left recall at the next search, and comes back if what took its place is deleted.
 */
import { currentOf, type Reading, readingOf } from '../../shared/memory/current.ts'
import { FactIndex } from '../../shared/memory/ranking/named.ts'
import { PassageIndex } from '../../shared/memory/ranking/ranking.ts'
import { termsOf } from '../../shared/memory/ranking/terms.ts'
import type { RecalledMemory } from '../../shared/memory/recall.ts'

/** A search for a turn of `session`, whose own messages its prompt has already. The first question that finds something counts. */
export interface MemorySearch {
  readonly questions: readonly string[]
  readonly session: string
  readonly limit: number
}

type Row = RecalledMemory & { readonly sessions: number }

/** What holds at the moment. */
interface CurrentState {
  readonly said: readonly Row[]
  readonly index: PassageIndex
  /** Those stored by name. */
  readonly facts: readonly Row[]
  readonly factIndex: FactIndex
  readonly supersededBy: ReadonlyMap<string, string>
}

/** Memories in the order of their sessions. `at`: when it was last said. `sessions`: the number of those that said it. */
const selectAll = `SELECT id, key, text, created_at AS at,
  (SELECT session FROM source WHERE memory = memory.id ORDER BY session, seq LIMIT 1) AS session,
  (SELECT count(DISTINCT session) FROM source WHERE memory = memory.id) AS sessions
  FROM memory ORDER BY session, n`

export class MemoryRecall {
  readonly #sql: SqlStorage
  #state: CurrentState | null = null
  /** What was read of texts, which never change. Only those that exist. */
  #readings: ReadonlyMap<string, Reading> = new Map()

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The memories have changed. */
  invalidate(): void {
    this.#state = null
  }

  /** The memory that took the place of this one, or of a part of it. Null: all of it holds. */
  supersededBy(id: string): string | null {
    return this.#current().supersededBy.get(id) ?? null
  }

  /** Facts by their name, and what was said by rank. */
  relevant({ questions, session, limit }: MemorySearch): RecalledMemory[] {
    const { said, index, facts, factIndex } = this.#current()
    const isElsewhere = (row: Row | undefined): boolean => row !== undefined && (row.session !== session || row.sessions > 1)
    for (const question of questions) {
      const named = factIndex.find(question).flatMap((at) => facts[at] ?? [])
      const ranked = index.recall(question, limit, (at) => isElsewhere(said[at])).flatMap(({ at }) => said[at] ?? [])
      const found = [...named, ...ranked].slice(0, limit)
      if (found.length > 0) return withoutRepetitions(found).map(({ sessions: _, ...memory }) => memory)
    }
    return []
  }

  #current(): CurrentState {
    if (this.#state) return this.#state
    const all = this.#sql.exec<Row & Record<string, SqlStorageValue>>(selectAll).toArray()
    this.#readings = new Map(all.map(({ text }) => [text, this.#readings.get(text) ?? readingOf(text)]))
    const current = currentOf(all, (text) => this.#readings.get(text) ?? readingOf(text))
    const kept = all.flatMap((row, position) => {
      const { text = '', words = '' } = current[position] ?? {}
      return text === '' ? [] : [{ row: { ...row, text }, words }]
    })
    const said = kept.flatMap(({ row, words }) =>
      row.session === null ? [] : [{ row, passage: { session: row.session, text: row.text, notes: words } }],
    )
    const facts = kept.flatMap(({ row }) => (row.session === null ? [row] : []))
    const supersededBy = new Map(
      all.flatMap(({ id }, position) => {
        const [by] = current[position]?.superseded_by ?? []
        return by === undefined ? [] : [[id, by] as const]
      }),
    )
    this.#state = {
      said: said.map(({ row }) => row),
      index: new PassageIndex(said.map(({ passage }) => passage)),
      facts,
      factIndex: new FactIndex(facts.map(({ key, text }) => ({ names: key === null ? [] : [key], text }))),
      supersededBy,
    }
    return this.#state
  }
}

/** The first of those that say the same in the same words. */
function withoutRepetitions(rows: readonly Row[]): Row[] {
  const said = new Set<string>()
  return rows.filter(({ key, text }) => {
    const words = termsOf(`${key ?? ''} ${text}`).join(' ')
    if (said.has(words)) return false
    said.add(words)
    return true
  })
}
