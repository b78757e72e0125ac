/** Directed links between memories, and the shortest way along them. Pure. */
import { fail, ok, type Result } from '../../result.ts'
import { MinHeap } from './min-heap.ts'

/** A link. The weight is its length. */
export interface Link {
  readonly from: string
  readonly to: string
  readonly type: string
  readonly weight: number
}

/** Links that one search follows, at most. */
export const maxLinksFollowed = 100_000

/** Why a path cannot be told. */
export type PathFault = { readonly kind: 'unknown_node'; readonly node: string } | { readonly kind: 'too_large'; readonly limit: number }

/** What a search reads. Every weight is above 0. */
export interface LinkSource {
  has(node: string): boolean
  linksFrom(node: string): Iterable<Link>
}

/** Why a link cannot be stored, as a sentence, or null. */
export function linkFault(weight: number): string | null {
  return Number.isFinite(weight) && weight > 0 ? null : 'The weight of a link is a finite number above 0.'
}

/**
 * The shortest path by the sum of weights (Dijkstra), both ends included. Empty: no path. `type`: follow only links of this type.
 * Of several shortest paths it returns the one whose nodes were reached first, in the order of their names.
 */
export function shortestPath(source: LinkSource, from: string, to: string, type?: string): Result<readonly string[], PathFault> {
  for (const node of [from, to]) if (!source.has(node)) return fail({ kind: 'unknown_node', node })
  const distances = new Map([[from, 0]])
  const previous = new Map<string, string>()
  const done = new Set<string>()
  const open = new MinHeap<string>((a, b) => (a < b ? -1 : Number(a > b)))
  open.push(0, from)
  let followed = 0
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) return ok(walkBack(previous, to))
    if (done.has(node)) continue
    done.add(node)
    for (const link of source.linksFrom(node)) {
      if (++followed > maxLinksFollowed) return fail({ kind: 'too_large', limit: maxLinksFollowed })
      if (type !== undefined && link.type !== type) continue
      const distance = (distances.get(node) ?? 0) + link.weight
      if (distance >= (distances.get(link.to) ?? Number.POSITIVE_INFINITY)) continue
      distances.set(link.to, distance)
      previous.set(link.to, node)
      open.push(distance, link.to)
    }
  }
  return ok([])
}

function walkBack(previous: ReadonlyMap<string, string>, to: string): string[] {
  const path = [to]
  for (let node = previous.get(to); node !== undefined; node = previous.get(node)) path.push(node)
  return path.reverse()
}
