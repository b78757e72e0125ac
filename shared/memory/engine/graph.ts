/** Directed links between memories, and the shortest path along them. Pure. */
import { MinHeap } from './min-heap.ts'

/** A link. The weight is its length. */
export interface Link {
  readonly from: string
  readonly to: string
  readonly type: string
  readonly weight: number
}

/**
 * The shortest path by the sum of weights (Dijkstra), both ends included. Empty: no path. Every weight is above 0.
 * Of several shortest paths it returns the one whose nodes were reached first, in the order of their names.
 */
export function shortestPath(linksFrom: (node: string) => Iterable<Link>, from: string, to: string): string[] {
  const distances = new Map([[from, 0]])
  const previous = new Map<string, string>()
  const done = new Set<string>()
  const open = new MinHeap<string>((a, b) => (a < b ? -1 : Number(a > b)))
  open.push(0, from)
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) return walkBack(previous, to)
    if (done.has(node)) continue
    done.add(node)
    for (const link of linksFrom(node)) {
      const distance = (distances.get(node) ?? 0) + link.weight
      if (distance >= (distances.get(link.to) ?? Number.POSITIVE_INFINITY)) continue
      distances.set(link.to, distance)
      previous.set(link.to, node)
      open.push(distance, link.to)
    }
  }
  return []
}

function walkBack(previous: ReadonlyMap<string, string>, to: string): string[] {
  const path = [to]
  for (let node = previous.get(to); node !== undefined; node = previous.get(node)) path.push(node)
  return path.reverse()
}
