/** Builtins for graphs, and for every nested value of a document. */
import type { Evaluation } from '../evaluation.ts'
import { equal, isArray, isObj, lookUp, type Obj, type RegoValue, SetOf, sortedEntries } from '../value.ts'
import { asMembers, asObject, type Family } from './operands.ts'

/** The neighbours of a node: the members of an array or set; any other value has none. */
const neighbours = (edges: RegoValue): readonly RegoValue[] => (isArray(edges) ? edges : edges instanceof SetOf ? edges.sorted() : [])

function reachable(run: Evaluation, graph: Obj, from: readonly RegoValue[]): SetOf {
  const reached = new SetOf()
  const queue = [...from]
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    run.spend(1)
    const edges = lookUp(graph, node)
    if (edges === undefined || reached.has(node)) continue
    reached.add(node)
    const next = neighbours(edges)
    run.spend(next.length)
    for (const one of next) if (!reached.has(one)) queue.push(one)
  }
  return reached
}

function paths(run: Evaluation, graph: Obj, from: readonly RegoValue[]): SetOf {
  const found = new SetOf()
  const follow = (node: RegoValue, path: readonly RegoValue[]): void => {
    run.spend(1 + path.length)
    const edges = lookUp(graph, node)
    if (edges === undefined) {
      found.add(path)
      return
    }
    const longer = [...path, node]
    const next = neighbours(edges)
    if (next.length === 0) found.add(longer)
    for (const neighbour of next) {
      run.spend(1 + (longer.length >> 2))
      if (longer.some((seen) => equal(seen, neighbour))) found.add(longer)
      else follow(neighbour, longer)
    }
  }
  for (const node of from) {
    const edges = lookUp(graph, node)
    if (edges !== undefined) follow(node, [])
  }
  return found
}

/** Every nested value with its path, as an array of pairs, outermost first. */
function walk(run: Evaluation, value: RegoValue): RegoValue[] {
  const nodes: RegoValue[] = []
  const visit = (current: RegoValue, path: readonly RegoValue[]): void => {
    run.spend(4 + path.length)
    nodes.push([path, current])
    if (isArray(current)) for (const [index, member] of current.entries()) visit(member, [...path, index])
    else if (current instanceof SetOf) for (const member of current.sorted()) visit(member, [...path, member])
    else if (isObj(current)) for (const [key, member] of sortedEntries(current)) visit(member, [...path, key])
  }
  visit(value, [])
  return nodes
}

export const graphs: Family = {
  'graph.reachable': (run, graph, from) => reachable(run, asObject(graph), asMembers(from, 2)),
  'graph.reachable_paths': (run, graph, from) => paths(run, asObject(graph), asMembers(from, 2)),
  walk: (run, value) => walk(run, value as RegoValue),
}
