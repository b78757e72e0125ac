/** Builtins for graphs, and for every nested value of a document. */
import type { Evaluation } from '../evaluation.ts'
import { equal, isArray, isObj, lookUp, type Obj, RegoSet, type RegoValue, sortedEntries } from '../value.ts'
import { asMembers, asObject, type BuiltinFamily } from './operands.ts'

/** The neighbours of a node: the members of an array or set; any other value has none. */
const neighbours = (edges: RegoValue): readonly RegoValue[] => (isArray(edges) ? edges : edges instanceof RegoSet ? edges.sorted() : [])

function reachable(run: Evaluation, graph: Obj, from: readonly RegoValue[]): RegoSet {
  const reached = new RegoSet()
  const queue = [...from]
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    run.spend(1)
    const edges = lookUp(graph, node)
    if (edges === undefined || reached.has(node)) continue
    reached.add(node)
    const next = neighbours(edges)
    run.spend(next.length)
    for (const neighbour of next) if (!reached.has(neighbour)) queue.push(neighbour)
  }
  return reached
}

function reachablePaths(run: Evaluation, graph: Obj, from: readonly RegoValue[]): RegoSet {
  const result = new RegoSet()
  const follow = (node: RegoValue, path: readonly RegoValue[]): void => {
    run.spend(1 + path.length)
    const edges = lookUp(graph, node)
    if (edges === undefined) {
      result.add(path)
      return
    }
    const extended = [...path, node]
    const next = neighbours(edges)
    if (next.length === 0) result.add(extended)
    for (const neighbour of next) {
      run.spend(1 + (extended.length >> 2))
      if (extended.some((seen) => equal(seen, neighbour))) result.add(extended)
      else follow(neighbour, extended)
    }
  }
  for (const node of from) {
    const edges = lookUp(graph, node)
    if (edges !== undefined) follow(node, [])
  }
  return result
}

/** Every nested value with its path, as an array of pairs, outermost first. */
function walk(run: Evaluation, value: RegoValue): RegoValue[] {
  const nodes: RegoValue[] = []
  const visit = (current: RegoValue, path: readonly RegoValue[]): void => {
    run.spend(4 + path.length)
    nodes.push([path, current])
    if (isArray(current)) for (const [index, member] of current.entries()) visit(member, [...path, index])
    else if (current instanceof RegoSet) for (const member of current.sorted()) visit(member, [...path, member])
    else if (isObj(current)) for (const [key, member] of sortedEntries(current)) visit(member, [...path, key])
  }
  visit(value, [])
  return nodes
}

/** The builtins of this file by name. */
export const graphs: BuiltinFamily = {
  'graph.reachable': (run, graph, from) => reachable(run, asObject(graph), asMembers(from, 2)),
  'graph.reachable_paths': (run, graph, from) => reachablePaths(run, asObject(graph), asMembers(from, 2)),
  walk: (run, value) => walk(run, value as RegoValue),
}
