/** Directed links between memories with coordinates. Call every change inside a transaction. */
import { engineLimits } from '../../../shared/api/memory-engine.ts'
import { type Link, shortestPath } from '../../../shared/memory/engine/graph.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'

/** Which links to follow. `type` absent: all. */
export interface LinkQuery {
  readonly coord: string
  readonly type?: string | undefined
  readonly limit: number
}

export class Links {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Stores a link. One of the same type between the same memories gets the new weight. Fails with `not_found` or `memory_full`. */
  put({ from, to, type, weight }: Link): Result<null, Failure> {
    if (!this.has(from) || !this.has(to)) return fail({ kind: 'not_found' })
    const exists = this.#sql.exec('SELECT 1 FROM link WHERE source = ? AND target = ? AND type = ?', from, to, type).toArray().length > 0
    if (!exists && this.count() >= engineLimits.links) return fail({ kind: 'memory_full', of: 'links', limit: engineLimits.links })
    this.#sql.exec('INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?)', from, to, type, weight)
    return ok(null)
  }

  /** Deletes a link. False: there is no such link. */
  delete({ from, to, type }: Omit<Link, 'weight'>): boolean {
    return this.#sql.exec('DELETE FROM link WHERE source = ? AND target = ? AND type = ?', from, to, type).rowsWritten > 0
  }

  /** Deletes the links from and to a memory. */
  deleteOf(coord: string): void {
    this.#sql.exec('DELETE FROM link WHERE source = ? OR target = ?', coord, coord)
  }

  /** The links from a memory, the shortest first. Fails with `not_found`. */
  neighbours({ coord, type, limit }: LinkQuery): Result<Link[], Failure> {
    if (!this.has(coord)) return fail({ kind: 'not_found' })
    const links = [...this.#from(coord, type)].toSorted((a, b) => a.weight - b.weight || compare(a.to, b.to) || compare(a.type, b.type))
    return ok(links.slice(0, limit))
  }

  /** The coordinates of the shortest path by the sum of weights. Empty: no path. Fails with `not_found`. */
  path(from: string, to: string, type?: string): Result<string[], Failure> {
    if (!this.has(from) || !this.has(to)) return fail({ kind: 'not_found' })
    return ok(shortestPath((coord) => this.#from(coord, type), from, to))
  }

  count(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM link').one().n
  }

  clear(): void {
    this.#sql.exec('DELETE FROM link')
  }

  has(coord: string): boolean {
    return this.#sql.exec('SELECT 1 FROM entry WHERE coord = ?', coord).toArray().length > 0
  }

  #from(coord: string, type: string | undefined): Iterable<Link> {
    return this.#sql.exec<Record<keyof Link, string> & { weight: number }>(
      'SELECT source AS "from", target AS "to", type, weight FROM link WHERE source = ?1 AND (type = ?2 OR ?2 IS NULL)',
      coord,
      type ?? null,
    )
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
