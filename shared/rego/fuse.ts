/** Fuses several statements into one closure where their combination is simple. Pure. Traced plans are not fused. */
import type { Block, Func, Statement } from './ir.ts'
import { constant, isCheap } from './operations.ts'
import { type CompileScope, isLocal, proceed, type Step } from './step.ts'
import { isInherited, lookUpOwn, SetOf } from './value.ts'

interface Fused {
  readonly step: Step
  /** The last statement that it replaces. */
  readonly last: number
}

/**
 * Locals that only ever hold sets of constants, built in one place. `x in {"a", "b"}` would otherwise build its set for each question. A
 * set that is extended elsewhere must be built each time.
 */
export function constantCollections({ blocks }: Func): Set<number> {
  const created = new Set<number>()
  const extended = new Set<number>()
  const visit = (block: Block): void => {
    for (let index = 0; index < block.length; index++) {
      const statement = block[index] as Statement
      if (statement.type === 'MakeSetStmt') {
        created.add(statement.target)
        index = lastOfSet(block, index)
      } else if (statement.type === 'SetAddStmt') extended.add(statement.set)
      if ('block' in statement) visit(statement.block)
      if ('blocks' in statement) statement.blocks.forEach(visit)
    }
  }
  blocks.forEach(visit)
  return created.difference(extended)
}

/** The end of the statements that add constants to the set made at `from`. */
function lastOfSet(block: Block, from: number): number {
  const first = block[from]
  let index = from
  for (let next = block[index + 1]; next?.type === 'SetAddStmt' && next.value.kind === 'constant'; next = block[index + 1]) {
    if (first?.type !== 'MakeSetStmt' || next.set !== first.target) break
    index++
  }
  return index
}

export function prebuilt(block: Block, index: number, { slot, constants }: CompileScope): Fused | undefined {
  const first = block[index]
  if (first?.type !== 'MakeSetStmt' || !constants.has(first.target)) return undefined
  const last = lastOfSet(block, index)
  const set = new SetOf()
  for (const statement of block.slice(index + 1, last + 1))
    if (statement.type === 'SetAddStmt' && statement.value.kind === 'constant') set.add(statement.value.value)
  return { step: constant(set, slot(first.target)), last }
}

/**
 * One or two lookups and an optional comparison with a constant. Most conditions start this way. Lookups from `input` and `data` are cached
 * in the frame, because the next rule starts with the same ones.
 */
export function fused(block: Block, index: number, { slot, replaced }: CompileScope): Fused | undefined {
  const first = block[index]
  if (first?.type !== 'DotStmt' || first.source.kind !== 'local' || first.key.kind !== 'constant') return undefined
  const root = first.source.local
  const name = first.key.value
  if (typeof name !== 'string' || isInherited(name)) return undefined
  const isCacheable = root < 2 && !replaced
  const step = isCacheable
    ? cached(slot(root), name, slot(first.target), keptIn(slot, root, name))
    : down(slot(root), name, slot(first.target))
  const next = block[index + 1]
  if (next?.type === 'DotStmt' && isLocal(next.source, first.target) && next.key.kind === 'constant') {
    const deeper = next.key.value
    if (typeof deeper !== 'string' || isInherited(deeper)) return { step, last: index }
    const target = slot(next.target)
    const from = slot(first.target)
    const then = isCacheable ? cached(from, deeper, target, keptIn(slot, root, name, deeper)) : down(from, deeper, target)
    return { step: (locals, run) => (step(locals, run) === proceed ? then(locals, run) : 0), last: index + 1 }
  }
  if (next?.type !== 'EqualStmt') return { step, last: index }
  const wanted = isLocal(next.a, first.target) ? next.b : isLocal(next.b, first.target) ? next.a : undefined
  if (wanted?.kind !== 'constant' || !isCheap(wanted.value)) return { step, last: index }
  const { value } = wanted
  const target = slot(first.target)
  return { step: (locals, run) => (step(locals, run) === proceed && locals[target] === value ? proceed : 0), last: index + 1 }
}

/** The frame slot that caches a path. No local of the plan has this name. */
const keptIn = (slot: CompileScope['slot'], ...path: readonly (string | number)[]): number => slot(JSON.stringify(path))

const down =
  (from: number, name: string, target: number): Step =>
  (locals) => {
    const value = lookUpOwn(locals[from], name)
    if (value === undefined) return 0
    locals[target] = value
    return proceed
  }

const cached =
  (from: number, name: string, target: number, place: number): Step =>
  (locals) => {
    let value = locals[place]
    if (value === undefined) {
      value = lookUpOwn(locals[from], name)
      if (value === undefined) return 0
      locals[place] = value
    }
    locals[target] = value
    return proceed
  }
