/**
 * Indexes rules that first compare an input with a constant, so that only matching rules run. Pure. OPA's plan has no index, so loading
 * builds one. A skipped rule would have failed; results do not change.
 */
import type { Block, Func, Operand, Statement } from './ir.ts'
import { parseNumber } from './number.ts'
import { sequence } from './operations.ts'
import type { Step } from './step.ts'
import { lookUp, type RegoValue } from './value.ts'

type Scalar = null | boolean | number | string

/** The known content of a local at a point of a block. */
type Known =
  | { readonly kind: 'path'; readonly root: number; readonly keys: readonly Scalar[] }
  | { readonly kind: 'scalar'; readonly value: Scalar }
  | { readonly kind: 'members'; readonly values: Scalar[] }
  | { readonly kind: 'membership'; readonly of: Known; readonly values: readonly Scalar[] }

/** The rule fails unless the value at `path` is one of `values`. */
interface Need {
  readonly path: string
  readonly root: number
  readonly keys: readonly Scalar[]
  readonly values: readonly Scalar[]
}

/** Consecutive blocks that run to completion together: a rule, and the block that reads its value. */
interface Unit {
  readonly from: number
  readonly to: number
  readonly needs: readonly Need[]
}

/** Fewest rules for an index. Below that, trying each is as fast. */
const worthwhile = 4
/** A rule without the indexed need is in every bucket. This limits the entries per rule. */
const growth = 8
/** Limits the entries of all levels per rule. Without it, each level could have `growth` times the entries of the one above. */
const totalGrowth = 64

/** The function's `steps`, with each run of rules replaced by one step that selects the matching ones. */
export function indexed(func: Func, steps: readonly Step[], slot: (local: number) => number): readonly Step[] {
  if (steps.length < worthwhile) return steps
  const units = unitsOf(func)
  const result: Step[] = []
  let index = 0
  while (index < units.length) {
    let end = index
    while (end < units.length && (units[end] as Unit).needs.length > 0) end++
    if (end - index >= worthwhile) {
      result.push(choose(units.slice(index, end), steps, slot, { entries: totalGrowth * (end - index) }))
      index = end
    } else {
      const { from, to } = units[index++] as Unit
      result.push(...steps.slice(from, to))
    }
  }
  return result
}

function choose(
  units: readonly Unit[],
  steps: readonly Step[],
  slot: (local: number) => number,
  budget: { entries: number },
  used: readonly string[] = [],
): Step {
  const plain = sequence(units.flatMap(({ from, to }) => steps.slice(from, to)))
  if (units.length < worthwhile || budget.entries < 0) return plain
  const counts = new Map<string, { need: Need; rules: number; values: Set<Scalar> }>()
  for (const { needs } of units)
    for (const need of needs) {
      if (used.includes(need.path)) continue
      const count = counts.get(need.path) ?? { need, rules: 0, values: new Set() }
      count.rules++
      for (const value of need.values) count.values.add(value)
      counts.set(need.path, count)
    }
  const ranked = [...counts.values()].sort((a, b) => b.rules * b.values.size - a.rules * a.values.size)
  for (const { need, values } of ranked) {
    if (values.size < 2) continue
    const buckets = new Map<Scalar, Unit[]>(Array.from(values, (value) => [value, []]))
    const rest: Unit[] = []
    let entries = 0
    for (const unit of units) {
      const own = unit.needs.find(({ path }) => path === need.path)
      if (!own) rest.push(unit)
      for (const value of own ? new Set(own.values) : values) {
        buckets.get(value)?.push(unit)
        entries++
      }
      if (entries > growth * units.length) break
    }
    if (entries > growth * units.length) continue
    budget.entries -= entries
    const deeper = [...used, need.path]
    const chosen = new Map(Array.from(buckets, ([value, units]) => [value, choose(units, steps, slot, budget, deeper)]))
    const fallback = choose(rest, steps, slot, budget, deeper)
    const root = slot(need.root)
    const { keys } = need
    const cost = 1 + (keys.length >> 2)
    return (locals, run) => {
      run.spend(cost)
      let value: RegoValue | undefined = locals[root]
      for (let index = 0; index < keys.length && value !== undefined; index++) value = lookUp(value, keys[index] as Scalar)
      return (chosen.get(value as Scalar) ?? fallback)(locals, run)
    }
  }
  return plain
}

/** Pairs each rule's block with the block that reads its value, and states the rule's needs where skipping is safe. */
function unitsOf({ blocks, params }: Func): Unit[] {
  const pairs: { from: number; to: number; needs: Need[]; writes: Set<number>; reads: Set<number> }[] = []
  for (let from = 0; from < blocks.length; ) {
    const block = blocks[from] as Block
    const next = blocks[from + 1]
    const first = next?.[0]
    const reset = resets(block)
    const paired = first?.type === 'IsDefinedStmt' && reset.has(first.source)
    const reads = exposedReads(block)
    // The second block cannot get from elsewhere a local that the first block resets at its start.
    if (paired) for (const local of exposedReads(next as Block)) if (!reset.has(local)) reads.add(local)
    const to = from + (paired ? 2 : 1)
    const stays = !blocks.slice(from, to).some(leaves)
    const { needs, writes } = prefix(block, params)
    pairs.push({ from, to, needs: stays ? needs : [], writes, reads })
    from = to
  }
  const readers = new Map<number, number>()
  for (const { reads } of pairs) for (const local of reads) readers.set(local, (readers.get(local) ?? 0) + 1)
  return pairs.map(({ from, to, needs, writes, reads }) => {
    // No other block may read what the skipped statements would have written.
    const alone = [...writes].every((local) => (readers.get(local) ?? 0) <= (reads.has(local) ? 1 : 0))
    return { from, to, needs: alone ? needs : [] }
  })
}

/** Locals that a block resets before anything that may fail. */
function resets(block: Block): Set<number> {
  const locals = new Set<number>()
  for (const statement of block) {
    if (statement.type !== 'ResetLocalStmt') break
    locals.add(statement.target)
  }
  return locals
}

const leaves = (block: Block): boolean =>
  block.some(
    (statement) =>
      statement.type === 'ReturnLocalStmt' ||
      ('block' in statement && leaves(statement.block)) ||
      ('blocks' in statement && statement.blocks.some(leaves)),
  )

/** The needs that a block states before it has effects, and the locals that it writes until then. */
function prefix(block: Block, params: readonly number[]): { needs: Need[]; writes: Set<number> } {
  const known = new Map<number, Known>(params.map((root) => [root, { kind: 'path', root, keys: [] }]))
  const needs: Need[] = []
  const writes = new Set<number>()
  const resolve = (operand: Operand): Known | undefined =>
    operand.kind === 'constant' ? { kind: 'scalar', value: operand.value } : known.get(operand.local)
  const write = (local: number, value: Known | undefined) => {
    writes.add(local)
    if (value) known.set(local, value)
    else known.delete(local)
  }
  for (const statement of block) if (!take(statement)) break
  return { needs, writes }

  function need(known: Known | undefined, values: readonly Scalar[]): void {
    if (known?.kind !== 'path' || known.keys.length === 0) return
    const path = JSON.stringify([known.root, ...known.keys])
    if (!needs.some((other) => other.path === path)) needs.push({ path, root: known.root, keys: known.keys, values })
  }

  /** False from the first statement that has an effect. */
  function take(statement: Statement): boolean {
    switch (statement.type) {
      case 'NopStmt':
      case 'IsDefinedStmt':
        return true
      case 'ResetLocalStmt':
        write(statement.target, undefined)
        return true
      case 'AssignVarStmt':
        write(statement.target, resolve(statement.source))
        return true
      case 'MakeNullStmt':
        write(statement.target, { kind: 'scalar', value: null })
        return true
      case 'AssignIntStmt':
      case 'MakeNumberIntStmt':
        write(statement.target, { kind: 'scalar', value: statement.value })
        return true
      case 'MakeNumberRefStmt': {
        const value = parseNumber(statement.text)
        write(statement.target, typeof value === 'number' ? { kind: 'scalar', value } : undefined)
        return true
      }
      case 'DotStmt': {
        const source = resolve(statement.source)
        const key = resolve(statement.key)
        const path = source?.kind === 'path' && key?.kind === 'scalar'
        write(statement.target, path ? { kind: 'path', root: source.root, keys: [...source.keys, key.value] } : undefined)
        return true
      }
      case 'MakeSetStmt':
        write(statement.target, { kind: 'members', values: [] })
        return true
      case 'SetAddStmt': {
        const set = known.get(statement.set)
        const value = resolve(statement.value)
        if (set?.kind !== 'members' || value?.kind !== 'scalar') return false
        set.values.push(value.value)
        return true
      }
      case 'CallStmt': {
        const [of, set] = statement.args.map(resolve)
        if (statement.func !== 'internal.member_2' || of?.kind !== 'path' || set?.kind !== 'members') return false
        write(statement.result, { kind: 'membership', of, values: set.values })
        return true
      }
      case 'EqualStmt': {
        const a = resolve(statement.a)
        const b = resolve(statement.b)
        if (b?.kind === 'scalar') need(a, [b.value])
        else if (a?.kind === 'scalar') need(b, [a.value])
        return true
      }
      case 'NotEqualStmt': {
        const a = resolve(statement.a)
        const b = resolve(statement.b)
        if (a?.kind === 'membership' && b?.kind === 'scalar' && b.value === false) need(a.of, a.values)
        return true
      }
    }
    return false
  }
}

/** Locals that a block may read before it writes them: its inputs. */
function exposedReads(block: Block): Set<number> {
  const reads = new Set<number>()
  visit(block, new Set())
  return reads

  function visit(statements: Block, writtenLocals: Set<number>): void {
    for (const statement of statements) {
      for (const local of readsOf(statement)) if (!writtenLocals.has(local)) reads.add(local)
      if (statement.type === 'ScanStmt') visit(statement.block, new Set([...writtenLocals, statement.key, statement.value]))
      else if ('block' in statement) visit(statement.block, new Set(writtenLocals))
      if ('blocks' in statement) for (const inner of statement.blocks) visit(inner, new Set(writtenLocals))
      if ('target' in statement) writtenLocals.add(statement.target)
      if ('result' in statement) writtenLocals.add(statement.result)
    }
  }
}

function readsOf(statement: Statement): number[] {
  const reads: number[] = []
  const operand = (value: Operand) => {
    if (value.kind === 'local') reads.push(value.local)
  }
  for (const field of Object.values(statement) as unknown[]) {
    if (Array.isArray(field)) {
      for (const one of field) if (isOperand(one)) operand(one)
    } else if (isOperand(field)) operand(field)
  }
  switch (statement.type) {
    case 'AssignVarOnceStmt':
      // It reads its target only to compare what it writes. The first write of a rule's value follows a reset.
      reads.push(statement.target)
      break
    case 'ArrayAppendStmt':
      reads.push(statement.array)
      break
    case 'SetAddStmt':
      reads.push(statement.set)
      break
    case 'ObjectInsertStmt':
    case 'ObjectInsertOnceStmt':
      reads.push(statement.object)
      break
    case 'ObjectMergeStmt':
      reads.push(statement.a, statement.b)
      break
    case 'ResultSetAddStmt':
      reads.push(statement.value)
      break
    case 'IsDefinedStmt':
    case 'IsUndefinedStmt':
    case 'ReturnLocalStmt':
    case 'ScanStmt':
      reads.push(statement.source)
      break
    case 'WithStmt':
      reads.push(statement.local)
      break
  }
  return reads
}

const isOperand = (value: unknown): value is Operand => typeof value === 'object' && value !== null && 'kind' in value
