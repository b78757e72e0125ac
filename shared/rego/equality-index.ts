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

/** The known content of a local after a statement of a block. */
type KnownValue =
  | { readonly kind: 'path'; readonly root: number; readonly keys: readonly Scalar[] }
  | { readonly kind: 'scalar'; readonly value: Scalar }
  | { readonly kind: 'members'; readonly values: Scalar[] }
  | { readonly kind: 'membership'; readonly of: KnownValue; readonly values: readonly Scalar[] }

/** The rule fails unless the value at `path` is one of `values`. */
interface Requirement {
  readonly path: string
  readonly root: number
  readonly keys: readonly Scalar[]
  readonly values: readonly Scalar[]
}

/** Consecutive blocks that run to completion together: a rule, and the block that reads its value. */
interface RuleUnit {
  readonly from: number
  readonly to: number
  readonly requirements: readonly Requirement[]
}

/** The fewest rules for an index. With fewer, evaluating each is as fast. */
const minRules = 4
/** The most entries of one level per rule. A rule without the indexed requirement is in every bucket. */
const maxEntriesPerRule = 8
/** The most entries of all levels per rule. Otherwise each level could have `maxEntriesPerRule` times the entries of the one above. */
const maxTotalEntriesPerRule = 64

/** The function's `steps`, with each run of rules replaced by one step that selects the matching ones. */
export function indexRules(func: Func, steps: readonly Step[], slot: (local: number) => number): readonly Step[] {
  if (steps.length < minRules) return steps
  const units = unitsOf(func)
  const result: Step[] = []
  let index = 0
  while (index < units.length) {
    let end = index
    while (end < units.length && (units[end] as RuleUnit).requirements.length > 0) end++
    if (end - index >= minRules) {
      result.push(buildIndex(units.slice(index, end), steps, slot, { entries: maxTotalEntriesPerRule * (end - index) }))
      index = end
    } else {
      const { from, to } = units[index++] as RuleUnit
      result.push(...steps.slice(from, to))
    }
  }
  return result
}

function buildIndex(
  units: readonly RuleUnit[],
  steps: readonly Step[],
  slot: (local: number) => number,
  budget: { entries: number },
  used: readonly string[] = [],
): Step {
  const allRules = sequence(units.flatMap(({ from, to }) => steps.slice(from, to)))
  if (units.length < minRules || budget.entries < 0) return allRules
  const counts = new Map<string, { requirement: Requirement; rules: number; values: Set<Scalar> }>()
  for (const { requirements } of units)
    for (const requirement of requirements) {
      if (used.includes(requirement.path)) continue
      const count = counts.get(requirement.path) ?? { requirement, rules: 0, values: new Set() }
      count.rules++
      for (const value of requirement.values) count.values.add(value)
      counts.set(requirement.path, count)
    }
  const ranked = [...counts.values()].sort((a, b) => b.rules * b.values.size - a.rules * a.values.size)
  for (const { requirement: indexed, values } of ranked) {
    if (values.size < 2) continue
    const buckets = new Map<Scalar, RuleUnit[]>(Array.from(values, (value) => [value, []]))
    const unindexed: RuleUnit[] = []
    let entries = 0
    for (const unit of units) {
      const ownRequirement = unit.requirements.find(({ path }) => path === indexed.path)
      if (!ownRequirement) unindexed.push(unit)
      for (const value of ownRequirement ? new Set(ownRequirement.values) : values) {
        buckets.get(value)?.push(unit)
        entries++
      }
      if (entries > maxEntriesPerRule * units.length) break
    }
    if (entries > maxEntriesPerRule * units.length) continue
    budget.entries -= entries
    const usedPaths = [...used, indexed.path]
    const stepByValue = new Map(Array.from(buckets, ([value, units]) => [value, buildIndex(units, steps, slot, budget, usedPaths)]))
    const fallback = buildIndex(unindexed, steps, slot, budget, usedPaths)
    const root = slot(indexed.root)
    const { keys } = indexed
    const cost = 1 + (keys.length >> 2)
    return (locals, run) => {
      run.spend(cost)
      let value: RegoValue | undefined = locals[root]
      for (let index = 0; index < keys.length && value !== undefined; index++) value = lookUp(value, keys[index] as Scalar)
      return (stepByValue.get(value as Scalar) ?? fallback)(locals, run)
    }
  }
  return allRules
}

/** Pairs each rule's block with the block that reads its value, and states the rule's requirements where skipping is safe. */
function unitsOf({ blocks, params }: Func): RuleUnit[] {
  const pairs: { from: number; to: number; requirements: Requirement[]; writes: Set<number>; reads: Set<number> }[] = []
  for (let from = 0; from < blocks.length; ) {
    const block = blocks[from] as Block
    const next = blocks[from + 1]
    const first = next?.[0]
    const resetLocals = resetsOf(block)
    const isPair = first?.type === 'IsDefinedStmt' && resetLocals.has(first.source)
    const reads = exposedReads(block)
    // The first block resets these locals at its start, so the second block reads no older value.
    if (isPair) for (const local of exposedReads(next as Block)) if (!resetLocals.has(local)) reads.add(local)
    const to = from + (isPair ? 2 : 1)
    const runsToEnd = !blocks.slice(from, to).some(returnsEarly)
    const { requirements, writes } = prefixOf(block, params)
    pairs.push({ from, to, requirements: runsToEnd ? requirements : [], writes, reads })
    from = to
  }
  const readers = new Map<number, number>()
  for (const { reads } of pairs) for (const local of reads) readers.set(local, (readers.get(local) ?? 0) + 1)
  return pairs.map(({ from, to, requirements, writes, reads }) => {
    // No other block may read what the skipped statements would have written.
    const isIsolated = [...writes].every((local) => (readers.get(local) ?? 0) <= (reads.has(local) ? 1 : 0))
    return { from, to, requirements: isIsolated ? requirements : [] }
  })
}

/** Locals that a block resets before anything that may fail. */
function resetsOf(block: Block): Set<number> {
  const locals = new Set<number>()
  for (const statement of block) {
    if (statement.type !== 'ResetLocalStmt') break
    locals.add(statement.target)
  }
  return locals
}

const returnsEarly = (block: Block): boolean =>
  block.some(
    (statement) =>
      statement.type === 'ReturnLocalStmt' ||
      ('block' in statement && returnsEarly(statement.block)) ||
      ('blocks' in statement && statement.blocks.some(returnsEarly)),
  )

/** The requirements that a block states before it has effects, and the locals that it writes until then. */
function prefixOf(block: Block, params: readonly number[]): { requirements: Requirement[]; writes: Set<number> } {
  const known = new Map<number, KnownValue>(params.map((root) => [root, { kind: 'path', root, keys: [] }]))
  const requirements: Requirement[] = []
  const writes = new Set<number>()
  const resolve = (operand: Operand): KnownValue | undefined =>
    operand.kind === 'constant' ? { kind: 'scalar', value: operand.value } : known.get(operand.local)
  const write = (local: number, value: KnownValue | undefined) => {
    writes.add(local)
    if (value) known.set(local, value)
    else known.delete(local)
  }
  for (const statement of block) if (!visit(statement)) break
  return { requirements: requirements, writes }

  function require(known: KnownValue | undefined, values: readonly Scalar[]): void {
    if (known?.kind !== 'path' || known.keys.length === 0) return
    const path = JSON.stringify([known.root, ...known.keys])
    if (!requirements.some((other) => other.path === path)) requirements.push({ path, root: known.root, keys: known.keys, values })
  }

  /** False from the first statement that has an effect. */
  function visit(statement: Statement): boolean {
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
        if (b?.kind === 'scalar') require(a, [b.value])
        else if (a?.kind === 'scalar') require(b, [a.value])
        return true
      }
      case 'NotEqualStmt': {
        const a = resolve(statement.a)
        const b = resolve(statement.b)
        if (a?.kind === 'membership' && b?.kind === 'scalar' && b.value === false) require(a.of, a.values)
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
      for (const element of field) if (isOperand(element)) operand(element)
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
