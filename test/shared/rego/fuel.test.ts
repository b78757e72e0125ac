/**
 * A unit of fuel takes about the same time in every builtin and statement. The measure is a plain loop in the same process. Security
 * finding H1.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { builtins } from '../../../shared/rego/builtins/catalog.ts'
import { evaluateToJson } from '../../../shared/rego/evaluate.ts'
import { BuiltinFault, Evaluation } from '../../../shared/rego/evaluation.ts'
import { EvaluationAborted } from '../../../shared/rego/evaluation-aborted.ts'
import { FuelMeter, metered } from '../../../shared/rego/meter.ts'
import { NumberTooLong } from '../../../shared/rego/number.ts'
import { loadPlan, type Plan } from '../../../shared/rego/plan.ts'
import type { RegoValue } from '../../../shared/rego/value.ts'
import { at, PlanBuilder, type Stmt, sharedArray } from './plan-builder.ts'
import { type Shape, shapes } from './shapes.ts'

const fuel = 50_000
/** A unit of fuel may take as long as this many units of a plain loop. */
const maxRatio = 500
/** Every run may cost this much more, for compiling code and collecting garbage. */
const freeFuel = 2_000
/** The machine may pause a run, so the fastest of several runs counts. */
const attempts = 5

function load(json: unknown): Plan {
  const loaded = loadPlan(json)
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return loaded.value
}

function loopPlan(): Plan {
  const p = new PlanBuilder()
  return load(
    p
      .func(
        'f',
        looping(p, (plan) => [plan.stmt('NopStmt')]),
      )
      .json('f'),
  )
}
const loop = loopPlan()

/** Blocks of a function that runs statements for each member of `input.loop`. */
function looping(p: PlanBuilder, make: (plan: PlanBuilder) => Stmt[]): Stmt[][] {
  const block = { stmts: make(p) }
  return [
    [p.dot(at(0), 'x', 3), p.dot(at(0), 'y', 4), p.dot(at(0), 'loop', 5), p.stmt('ScanStmt', { source: 5, key: 6, value: 7, block })],
    [p.stmt('ReturnLocalStmt', { source: 2 })],
  ]
}

interface Cost {
  readonly fuel: number
  /** CPU time. Milliseconds. */
  readonly ms: number
}

function measure(plan: Plan, input: unknown, limit = fuel): Cost {
  const meter = new FuelMeter(limit)
  const before = process.cpuUsage()
  evaluateToJson(plan, 'main', input, { meter })
  // Kernels guess how short runs divide into user and system time, so only the sum counts.
  const { user, system } = process.cpuUsage(before)
  return { fuel: limit - Math.max(meter.fuel, 0), ms: (user + system) / 1_000 }
}

const longList = new Array(20_000).fill(0)

/** Milliseconds for a unit of fuel in a plain loop. The median of several runs, each long enough for a coarse clock. */
function measureUnit(): number {
  const long = new Array(500_000).fill(0)
  const runs = Array.from({ length: 9 }, () => measure(loop, { x: 0, y: 0, loop: long }, 1e9))
  const median = runs.map((used) => used.ms / used.fuel).sort((a, b) => a - b)[4] ?? 0
  assert.ok(median > 0, 'this runtime does not report the CPU time of a process')
  return median
}

const unitMs = measureUnit()
const ratioOf = (cost: Cost): number => cost.ms / (unitMs * (cost.fuel + freeFuel))

function assertCostInTime(label: string, run: () => Cost): void {
  let ratio = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < attempts && ratio > maxRatio; attempt++) ratio = Math.min(ratio, ratioOf(run()))
  if (process.env.FUEL_REPORT && ratio > 50) console.log(ratio.toFixed(0), label)
  assert.ok(ratio <= maxRatio, `${label}: one unit of fuel is worth ${ratio.toFixed(0)} units of a loop`)
}

const sizes = [1_000, 30_000, 300_000, 1_000_000]
const names = Object.keys(shapes)
const shapeOf = (name: string): Shape => shapes[name] as Shape
/** The value of a shape. Reading a text makes it one piece, which is not the evaluator's work. */
function createValue(kind: string, units: number): RegoValue {
  const value = shapeOf(kind)(units)
  if (typeof value === 'string') value.charCodeAt(0)
  return value
}
const size = fc.constantFrom(...sizes)
const seed = 20_261_129
const runs = Number(process.env.FUEL_RUNS ?? 8)

/** The builtin's parameters: the first one of an implementation is the evaluation. */
const arityOf = (name: string): number => Math.max((builtins.get(name)?.length ?? 1) - 1, 0)

/** Whether the builtin has an answer to small values of these shapes. */
function isAnswered(name: string, kinds: readonly string[]): boolean {
  const run = new Evaluation(20_000, 0n, 0, false)
  try {
    metered(run, () => builtins.get(name)?.(run, ...kinds.map((kind) => shapeOf(kind)(4))))
    return true
  } catch (fault) {
    if (fault instanceof EvaluationAborted) return true
    if (fault instanceof BuiltinFault || fault instanceof NumberTooLong || fault instanceof RangeError) return false
    throw fault
  }
}

/** Arguments that random shapes do not contain. */
const chosenArguments: Readonly<Record<string, readonly string[][]>> = {
  format_int: [['a long number', 'ten']],
  'regex.template_match': [['words', 'words', 'one character', 'another character']],
  'time.add_date': [['instant', 'one', 'ten', 'one']],
  'time.parse_ns': [
    ['layout', 'digits'],
    ['a fraction layout', 'a fraction layout'],
  ],
  substring: [
    ['emoji', 'one', 'ten'],
    ['letters', 'one', 'instant'],
  ],
}

/** Arguments that the builtin answers, and refused ones that are single or random. */
function tuples(name: string, arity: number): string[][] {
  if (arity === 1) return names.map((kind) => [kind])
  const any = fc.array(fc.constantFrom(...names), { minLength: arity, maxLength: arity })
  const all = arity === 2 ? names.flatMap((a) => names.map((b) => [a, b])) : fc.sample(any, { seed, numRuns: 5_000 })
  return [...(chosenArguments[name] ?? []), ...all.filter((kinds) => isAnswered(name, kinds)), ...fc.sample(any, { seed, numRuns: 50 })]
}

const callOf = (name: string, arity: number): Plan => {
  const p = new PlanBuilder().builtin(name, arity)
  const args = Array.from({ length: arity }, (_, n) => at(10 + n))
  const fetch = args.map((arg, n) => p.dot(at(0), `a${n}`, arg.local))
  return load(p.func('f', [[...fetch, p.call(name, args, 2)], p.returnStatement]).json('f'))
}

describe('Fuel', () => {
  for (const name of builtins.keys()) {
    const arity = arityOf(name)
    if (arity === 0) continue
    it(`is proportional to time for ${name}`, () => {
      const plan = callOf(name, arity)
      const answered = tuples(name, arity)
      const first = (chosenArguments[name] ?? []).flatMap((kinds) => sizes.map((units): [string[], number] => [kinds, units]))
      fc.assert(
        fc.property(fc.constantFrom(...answered), size, (kinds, units) => {
          const input = Object.fromEntries(kinds.map((kind, n) => [`a${n}`, createValue(kind, units)]))
          assertCostInTime(`${name}(${kinds.join('; ')}) of ${units}`, () => measure(plan, input))
        }),
        { seed, numRuns: runs + first.length, examples: first },
      )
    })
  }

  const statements: Record<string, (p: PlanBuilder) => Stmt[]> = {
    ArrayAppendStmt: (p) => [
      p.stmt('MakeArrayStmt', { capacity: 1, target: 8 }),
      p.stmt('ArrayAppendStmt', { value: p.operand(at(3)), array: 8 }),
    ],
    AssignIntStmt: (p) => [p.stmt('AssignIntStmt', { value: 1, target: 8 })],
    AssignVarStmt: (p) => [p.assign(at(3), 8, 'AssignVarStmt')],
    AssignVarOnceStmt: (p) => [p.assign(at(3), 8, 'AssignVarStmt'), p.assign(at(4), 8)],
    BlockStmt: (p) => [p.stmt('BlockStmt', { blocks: new Array(500).fill({ stmts: [] }) })],
    CallDynamicStmt: (p) => [p.stmt('CallDynamicStmt', { path: [p.operand(at(3)), p.operand(at(4))], args: [0, 1], result: 8 })],
    DotStmt: (p) => [p.dot(at(3), at(4), 8)],
    EqualStmt: (p) => [p.equal(at(3), at(4))],
    IsArrayStmt: (p) => [p.stmt('IsArrayStmt', { source: p.operand(at(3)) })],
    IsObjectStmt: (p) => [p.stmt('IsObjectStmt', { source: p.operand(at(3)) })],
    IsSetStmt: (p) => [p.stmt('IsSetStmt', { source: p.operand(at(3)) })],
    IsDefinedStmt: (p) => [p.stmt('IsDefinedStmt', { source: 3 })],
    IsUndefinedStmt: (p) => [p.stmt('IsUndefinedStmt', { source: 9 })],
    LenStmt: (p) => [p.stmt('LenStmt', { source: p.operand(at(3)), target: 8 })],
    MakeNullStmt: (p) => [p.stmt('MakeNullStmt', { target: 8 })],
    MakeNumberRefStmt: (p) => [p.number('1e3', 8)],
    NotEqualStmt: (p) => [p.stmt('NotEqualStmt', { a: p.operand(at(3)), b: p.operand(at(4)) })],
    NotStmt: (p) => [p.stmt('NotStmt', { block: { stmts: [p.equal(at(3), at(4))] } })],
    ObjectInsertStmt: (p) => [
      p.stmt('MakeObjectStmt', { target: 8 }),
      p.stmt('ObjectInsertStmt', { key: p.operand(at(3)), value: p.operand(at(4)), object: 8 }),
    ],
    ObjectInsertOnceStmt: (p) => {
      const insert = p.stmt('ObjectInsertOnceStmt', { key: p.operand(at(3)), value: p.operand(at(4)), object: 8 })
      return [p.stmt('MakeObjectStmt', { target: 8 }), insert, insert]
    },
    ObjectMergeStmt: (p) => [p.stmt('ObjectMergeStmt', { a: 3, b: 4, target: 8 })],
    ResetLocalStmt: (p) => [p.stmt('ResetLocalStmt', { target: 8 })],
    ResultSetAddStmt: (p) => [p.stmt('ResultSetAddStmt', { value: 3 })],
    ReturnLocalStmt: (p) => [p.stmt('ReturnLocalStmt', { source: 3 })],
    ScanStmt: (p) => [p.stmt('ScanStmt', { source: 3, key: 8, value: 9, block: { stmts: [] } })],
    SetAddStmt: (p) => [p.stmt('MakeSetStmt', { target: 8 }), p.stmt('SetAddStmt', { value: p.operand(at(3)), set: 8 })],
    WithStmt: (p) => [
      p.stmt('WithStmt', { local: 0, path: [p.string('x')], value: p.operand(at(3)), block: { stmts: [p.stmt('NopStmt')] } }),
    ],
    'an EqualStmt with a long constant': (p) => [p.equal(at(3), 'a'.repeat(30_000))],
  }

  for (const [name, make] of Object.entries(statements))
    it(`is proportional to time for ${name}`, () => {
      const p = new PlanBuilder()
      const plan = load(p.func('f', looping(p, make)).json('f'))
      const equalKinds = fc.constantFrom(...names).map((kind) => [kind, kind] as const)
      const any = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names))
      fc.assert(
        fc.property(fc.oneof(equalKinds, any), size, ([x, y], units) => {
          const input = { x: createValue(x, units), y: createValue(y, units), loop: longList }
          assertCostInTime(`${name} of ${x}; ${y} of ${units}`, () => measure(plan, input))
        }),
        { seed, numRuns: runs },
      )
    })
})

describe('H1: a policy of few bytes', () => {
  const run = (make: (p: PlanBuilder) => Stmt[], input: unknown = {}) => {
    const p = new PlanBuilder()
    for (const [name] of builtins) p.builtin(name, arityOf(name))
    const plan = load(p.func('f', [make(p), p.returnStatement]).json('f'))
    return { cost: measure(plan, input), kind: kindOf(evaluateToJson(plan, 'main', input, { fuel })) }
  }
  const kindOf = (answered: ReturnType<typeof evaluateToJson>) => (answered.ok ? 'answered' : answered.error.kind)
  const twoShared = (p: PlanBuilder) => [...sharedArray(p, 5), ...sharedArray(p, 6)]

  const endless: Record<string, (p: PlanBuilder) => Stmt[]> = {
    'compares shared arrays': (p) => [...twoShared(p), p.equal(at(5), at(6))],
    'finds a shared array among others': (p) => [
      ...twoShared(p),
      p.stmt('MakeArrayStmt', { capacity: 1, target: 7 }),
      p.stmt('ArrayAppendStmt', { value: p.operand(at(6)), array: 7 }),
      p.call('internal.member_2', [at(5), at(7)], 2),
    ],
    'orders shared arrays': (p) => [...twoShared(p), p.call('lt', [at(5), at(6)], 2)],
    'hashes a shared array': (p) => [
      ...sharedArray(p, 5),
      p.stmt('MakeSetStmt', { target: 7 }),
      p.stmt('SetAddStmt', { value: p.operand(at(5)), set: 7 }),
    ],
    'writes a shared array as JSON': (p) => [...sharedArray(p, 5), p.call('json.marshal', [at(5)], 2)],
    'writes a shared array as a term': (p) => [
      ...sharedArray(p, 5),
      p.stmt('MakeArrayStmt', { capacity: 1, target: 7 }),
      p.stmt('ArrayAppendStmt', { value: p.operand(at(5)), array: 7 }),
      p.call('sprintf', ['%v', at(7)], 2),
    ],
    'walks a shared array': (p) => [...sharedArray(p, 5), p.call('walk', [at(5)], 2)],
    'answers with a shared array': (p) => [...sharedArray(p, 2)],
  }
  for (const [name, make] of Object.entries(endless))
    it(`is aborted when it ${name}`, () => {
      const { cost, kind } = run(make)
      assert.equal(kind, 'fuel')
      assertCostInTime(name, () => cost)
    })

  const repeated = (times: number, stmt: Stmt) => Array.from({ length: times }, () => stmt)
  const expensive: Record<string, [(p: PlanBuilder) => Stmt[], unknown]> = {
    'calls a rule by a shared array': [
      (p) => [...sharedArray(p, 5), p.stmt('CallDynamicStmt', { path: [p.operand('g0'), p.operand(at(5))], args: [0, 1], result: 2 })],
      {},
    ],
    'trims spaces within a text': [(p) => [p.dot(at(0), 'x', 5), p.call('trim_space', [at(5)], 2)], { x: `a${' '.repeat(80_000)}a` }],
    'parses a duration of 40,000 digits': [
      (p) => [p.dot(at(0), 'x', 5), p.call('time.parse_duration_ns', [at(5)], 2)],
      { x: '1'.repeat(40_000) },
    ],
    'validates 300 KB of base64 200 times': [
      (p) => [p.dot(at(0), 'x', 5), ...repeated(200, p.call('base64.is_valid', [at(5)], 2))],
      { x: 'QUJD'.repeat(75_000) },
    ],
    'counts a long text 200 times': [
      (p) => [p.dot(at(0), 'x', 5), ...repeated(200, p.call('count', [at(5)], 2))],
      { x: 'a'.repeat(300_000) },
    ],
    'formats one argument a thousand times': [
      (p) => [p.dot(at(0), 'x', 5), p.dot(at(0), 'y', 6), p.call('sprintf', [at(5), at(6)], 2)],
      { x: '%[1]s'.repeat(1_000), y: ['a'.repeat(300_000)] },
    ],
    'formats with negative widths': [
      (p) => [p.dot(at(0), 'x', 5), p.dot(at(0), 'y', 6), ...repeated(500, p.call('sprintf', [at(5), at(6)], 2))],
      { x: '%*d'.repeat(1_000), y: new Array(2_000).fill(-1_000_000) },
    ],
    'matches 2,000 empty groups': [
      (p) => [p.dot(at(0), 'x', 5), p.number('-1', 6), p.call('regex.find_n', ['()'.repeat(2_000), at(5), at(6)], 2)],
      { x: 'b'.repeat(60) },
    ],
    'matches a long class in any case': [
      (p) => [p.dot(at(0), 'x', 5), p.dot(at(0), 'y', 6), p.call('regex.match', [at(6), at(5)], 2)],
      { x: 'ß'.repeat(20_000), y: `(?i)^[${Array.from({ length: 2_000 }, (_, n) => String.fromCharCode(0x4e00 + 2 * n)).join('')}ß]*$` },
    ],
    'repeats nothing a billion times': [(p) => [p.call('regex.is_valid', ['(?:(?:(?:){1000}){1000}){1000}'], 2)], {}],
    'parses a time of repeated digits': [
      (p) => [p.dot(at(0), 'x', 5), p.dot(at(0), 'y', 6), p.call('time.parse_ns', [at(5), at(6)], 2)],
      { x: '1'.repeat(60), y: `${'1'.repeat(90)}x` },
    ],
  }
  for (const [name, [make, input]] of Object.entries(expensive))
    it(`spends its fuel when it ${name}`, () => assertCostInTime(name, () => run(make, input).cost))
})
