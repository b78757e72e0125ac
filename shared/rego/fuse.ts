/** Fuses several statements into one closure where their combination is simple. Pure. Traced plans are not fused. */
import type { Block, Func, Statement } from './ir.ts'
import { constant, isCheap } from './operations.ts'
import { type CompileScope, isLocal, proceed, type Step } from './step.ts'
import { isInherited, lookUpOwn, RegoSet } from './value.ts'

interface FusedStep {
  readonly step: Step
  /** The last statement that it replaces. */
  readonly last: number
}

/**
 * Locals that hold only sets of constants, each built in one place. Otherwise `x in {"a", "b"}` would build its set for each evaluation. A
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

/** A step that assigns a set of constants, built once at compile time. */
export function prebuild(block: Block, index: number, { slot, constants }: CompileScope): FusedStep | undefined {
  const first = block[index]
  if (first?.type !== 'MakeSetStmt' || !constants.has(first.target)) return undefined
  const last = lastOfSet(block, index)
  const set = new RegoSet()
  for (const statement of block.slice(index + 1, last + 1))
    if (statement.type === 'SetAddStmt' && statement.value.kind === 'constant') set.add(statement.value.value)
  return { step: constant(set, slot(first.target)), last }
}

/**
 * One or two lookups and an optional comparison with a constant. Most conditions start this way. Lookups from `input` and `data` are cached
 * in the frame, because the next rule starts with the same ones.
 */
export function fuse(block: Block, index: number, { slot, isInsideWith }: CompileScope): FusedStep | undefined {
  const first = block[index]
  if (first?.type !== 'DotStmt' || first.source.kind !== 'local' || first.key.kind !== 'constant') return undefined
  const root = first.source.local
  const name = first.key.value
  if (typeof name !== 'string' || isInherited(name)) return undefined
  const isCacheable = root < 2 && !isInsideWith
  const step = isCacheable
    ? cachedLookUpStep(slot(root), name, slot(first.target), cacheSlot(slot, root, name))
    : lookUpStep(slot(root), name, slot(first.target))
  const next = block[index + 1]
  if (next?.type === 'DotStmt' && isLocal(next.source, first.target) && next.key.kind === 'constant') {
    const secondName = next.key.value
    if (typeof secondName !== 'string' || isInherited(secondName)) return { step, last: index }
    const target = slot(next.target)
    const from = slot(first.target)
    const second = isCacheable
      ? cachedLookUpStep(from, secondName, target, cacheSlot(slot, root, name, secondName))
      : lookUpStep(from, secondName, target)
    return { step: (locals, run) => (step(locals, run) === proceed ? second(locals, run) : 0), last: index + 1 }
  }
  if (next?.type !== 'EqualStmt') return { step, last: index }
  const constantOperand = isLocal(next.a, first.target) ? next.b : isLocal(next.b, first.target) ? next.a : undefined
  if (constantOperand?.kind !== 'constant' || !isCheap(constantOperand.value)) return { step, last: index }
  const { value } = constantOperand
  const target = slot(first.target)
  return { step: (locals, run) => (step(locals, run) === proceed && locals[target] === value ? proceed : 0), last: index + 1 }
}

/** The frame slot that caches a path. The locals of a plan are numbers, so no local has this name. */
const cacheSlot = (slot: CompileScope['slot'], ...path: readonly (string | number)[]): number => slot(JSON.stringify(path))

const lookUpStep =
  (from: number, name: string, target: number): Step =>
  (locals) => {
    const value = lookUpOwn(locals[from], name)
    if (value === undefined) return 0
    locals[target] = value
    return proceed
  }

const cachedLookUpStep =
  (from: number, name: string, target: number, cache: number): Step =>
  (locals) => {
    let value = locals[cache]
    if (value === undefined) {
      value = lookUpOwn(locals[from], name)
      if (value === undefined) return 0
      locals[cache] = value
    }
    locals[target] = value
    return proceed
  }
