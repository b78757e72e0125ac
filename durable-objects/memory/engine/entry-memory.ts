/** The methods of a memory object for memories with coordinates. */
import type { MemoryStats, StoreEntry } from '../../../shared/api/memory-engine.ts'
import type { ExportLine, ImportedCount } from '../../../shared/api/memory-export.ts'
import type { Link } from '../../../shared/memory/engine/graph.ts'
import type { PruneRules } from '../../../shared/memory/engine/prune.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { SqlObject } from '../../sql-object.ts'
import { emptyStats, type FoundEntry, MemoryEngine, type PlacedRow } from './engine.ts'
import type { LinkQuery } from './links.ts'
import { applyPrune, type PruneRun, planPrune } from './pruning.ts'
import type { EntrySearch } from './search.ts'
import { type ExportCursor, type ExportPage, exportPage, importLines } from './transfer.ts'

/** Undoes the transaction of a change that was refused in the middle. */
class Refused extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.kind)
    this.failure = failure
  }
}

export abstract class EntryMemory extends SqlObject {
  /** An own property, so RPC does not expose it. */
  protected readonly engine = new MemoryEngine(this.ctx.storage.sql)

  /** Stores memories, all or none. Fails with `invalid` or `memory_full`. */
  storeEntries(items: readonly StoreEntry[]): Result<number, Failure> {
    return this.tables.write(() => this.engine.store(items, Date.now()))
  }

  /** The memories that fit each search best. Fails with `invalid`. */
  searchEntries(searches: readonly EntrySearch[]): Result<FoundEntry[][], Failure> {
    return this.tables.exist() ? this.engine.search(searches) : ok(searches.map(() => []))
  }

  /** The memory at a place. Null: there is none. */
  entryAt(coord: string): PlacedRow | null {
    return (this.tables.exist() && this.engine.get(coord)) || null
  }

  /** The coordinates in a box, in order of storage. */
  entriesWithin(min: string, max: string): string[] {
    return this.tables.exist() ? this.engine.within(min, max) : []
  }

  /** Deletes the memories with these coordinates and their links, and returns the number of memories. */
  deleteEntries(coords: readonly string[]): number {
    return this.tables.exist() ? this.tables.write(() => this.engine.delete(coords)) : 0
  }

  /** Stores a link. Fails with `not_found` or `memory_full`. */
  linkEntries(link: Link): Result<null, Failure> {
    return this.tables.exist() ? this.tables.write(() => this.engine.links.put(link)) : fail({ kind: 'not_found' })
  }

  /** Deletes a link. False: there is no such link. */
  unlinkEntries(link: Omit<Link, 'weight'>): boolean {
    return this.tables.exist() && this.tables.write(() => this.engine.links.delete(link))
  }

  /** The links from a memory, the shortest first. Fails with `not_found`. */
  entryNeighbours(query: LinkQuery): Result<Link[], Failure> {
    return this.tables.exist() ? this.engine.links.neighbours(query) : fail({ kind: 'not_found' })
  }

  /** The shortest path. Empty: none. Fails with `not_found`. */
  entryPath(from: string, to: string, type?: string): Result<string[], Failure> {
    return this.tables.exist() ? this.engine.links.path(from, to, type) : fail({ kind: 'not_found' })
  }

  /** A page of the export. `cursor` null: the first one. */
  exportEntries(cursor: ExportCursor | null): ExportPage {
    return this.tables.exist() ? exportPage(this.ctx.storage.sql, this.engine, cursor) : { text: '', next: null }
  }

  /** Imports lines of an export, all or none. `replace`: deletes all memories with coordinates first. Fails with `invalid` or `memory_full`. */
  importEntries(lines: readonly ExportLine[], replace: boolean): Result<ImportedCount, Failure> {
    try {
      return this.tables.write(() => {
        if (replace) this.engine.clear()
        const imported = importLines(this.engine, lines)
        if (!imported.ok) throw new Refused(imported.error)
        return imported
      })
    } catch (error) {
      if (error instanceof Refused) return fail(error.failure)
      throw error
    }
  }

  /** Prunes by rules, at most `engineLimits.bulk` memories. `isDry`: changes nothing. */
  pruneEntries(rules: PruneRules, isDry: boolean): PruneRun {
    if (!this.tables.exist()) return { steps: [], remaining: 0 }
    const { sql } = this.ctx.storage
    if (isDry) return planPrune(sql, rules, Date.now())
    return this.tables.write(() => {
      const run = planPrune(sql, rules, Date.now())
      applyPrune(sql, this.engine, run.steps)
      return run
    })
  }

  /** The numbers of memories. `namespace`: the name of this one. */
  entryStats(namespace: string): MemoryStats {
    return this.tables.exist() ? this.engine.stats(namespace) : emptyStats(namespace)
  }

  /** What does not agree between rows, vectors, links and indexes. Empty: everything does. */
  entryFaults(): string[] {
    return this.tables.exist() ? this.engine.faults() : []
  }
}
