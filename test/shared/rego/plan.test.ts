/** Plans are untrusted: loading finds every mistake in a plan, and no input makes an evaluation throw. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import committed from '../../../policy/plan.json' with { type: 'json' }
import { evaluatePolicy } from '../../../shared/policy/evaluate-policy.ts'
import { evaluatePlan } from '../../../shared/rego/evaluate.ts'
import { loadPlan, type Plan } from '../../../shared/rego/plan.ts'
import { at, PlanBuilder, type Stmt } from './plan-builder.ts'

function load(json: unknown): Plan {
  const loaded = loadPlan(json)
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return loaded.value
}

const loadError = (json: unknown) => {
  const loaded = loadPlan(json)
  assert.ok(!loaded.ok, 'it was loaded')
  return loaded.error
}

/** A plan with a `main` that runs these statements and returns local 2. */
const planWith = (make: (plan: PlanBuilder) => Stmt[], plan = new PlanBuilder()) =>
  plan.func('f', [make(plan), plan.returnStatement]).json('f')

describe('A plan', () => {
  it('with unknown parts is refused, and all of them are named', () => {
    const plan = new PlanBuilder().builtin('http.send', 1).builtin('io.jwt.decode', 1).builtin('count', 1)
    const json = planWith((p) => [p.stmt('FrobStmt'), p.stmt('BlockStmt', { blocks: [{ stmts: [p.stmt('EvalStmt')] }] })], plan)
    assert.deepEqual(loadError(json), { kind: 'unknown', statements: ['EvalStmt', 'FrobStmt'], builtins: ['http.send', 'io.jwt.decode'] })
  })

  it('is refused for an unknown builtin, even if it is never called', () => {
    assert.equal(loadError(planWith((p) => [p.assign(true, 2)], new PlanBuilder().builtin('opa.runtime', 0))).kind, 'unknown')
  })

  it('that is inconsistent is refused', () => {
    const malformedBodies: Record<string, (p: PlanBuilder) => Stmt[]> = {
      'a local out of range': (p) => [p.assign(true, 1e9)],
      'a negative local': (p) => [p.assign(true, -1)],
      'a string out of range': (p) => [p.stmt('MakeNumberRefStmt', { Index: 99, target: 2 })],
      'an operand of no kind': (p) => [p.stmt('AssignVarStmt', { source: { type: 'code', value: 'x' }, target: 2 })],
      'no operand at all': (p) => [p.stmt('AssignVarStmt', { target: 2 })],
      'a function that is not there': (p) => [p.call('g', [at(0), at(1)], 2)],
      'too few arguments': (p) => [p.call('f', [at(0)], 2)],
      'a statement over the input': (p) => [p.assign('mine', 0, 'AssignVarStmt')],
      'a break out of everything': (p) => [p.stmt('BreakStmt', { index: 1e6 })],
    }
    for (const [name, make] of Object.entries(malformedBodies)) assert.equal(loadError(planWith(make)).kind, 'malformed', name)
    for (const json of [null, 1, 'plan', [], { plans: { plans: 1 } }, { plans: { plans: [{}] } }, { static: { strings: [1] } }])
      assert.equal(loadError(json).kind, 'malformed', JSON.stringify(json))
  })

  it('that nests too deeply is refused before it can overflow the stack', () => {
    let inner: unknown = { stmts: [] }
    for (let depth = 0; depth < 100_000; depth++) inner = { stmts: [{ type: 'NotStmt', stmt: { block: inner } }] }
    assert.equal(loadError({ plans: { plans: [{ name: 'main', blocks: [inner] }] } }).kind, 'malformed')
  })

  it('uses no space for unused local numbers', () => {
    const json = planWith((p) => [p.assign(true, 99_999), p.assign(at(99_999), 2)])
    assert.deepEqual(evaluatePlan(load(json), 'main', {}), { ok: true, value: { value: true, fuel: 8 } })
  })
})

describe('An evaluation', () => {
  it('stops when its fuel is used up', () => {
    const bombs: Record<string, Plan> = {
      range: load(
        planWith(
          (p) => [p.number('1', 3), p.number('999999999', 4), p.call('numbers.range', [at(3), at(4)], 2)],
          new PlanBuilder().builtin('numbers.range', 2),
        ),
      ),
      text: load(
        planWith(
          (p) => [
            p.assign('xxxxxxxxxxxxxxxx', 3, 'AssignVarStmt'),
            ...Array.from({ length: 60 }, () => [
              p.stmt('MakeArrayStmt', { capacity: 2, target: 4 }),
              p.stmt('ArrayAppendStmt', { value: p.operand(at(3)), array: 4 }),
              p.stmt('ArrayAppendStmt', { value: p.operand(at(3)), array: 4 }),
              p.call('concat', ['', at(4)], 3),
            ]).flat(),
            p.assign(at(3), 2),
          ],
          new PlanBuilder().builtin('concat', 2),
        ),
      ),
      shift: load(
        planWith(
          (p) => [p.number('7', 3), ...Array.from({ length: 60 }, () => p.call('mul', [at(3), at(3)], 3)), p.assign(at(3), 2)],
          new PlanBuilder().builtin('mul', 2),
        ),
      ),
    }
    for (const [name, plan] of Object.entries(bombs)) {
      const start = performance.now()
      const answered = evaluatePlan(plan, 'main', {})
      assert.ok(!answered.ok || answered.value.value === undefined, name)
      assert.ok(performance.now() - start < 2_000, `${name} took too long`)
    }
    // A scan within a scan: a million iterations with less fuel than that.
    const nested = (p: PlanBuilder) => {
      const inner = { stmts: [p.stmt('NopStmt')] }
      const middle = { stmts: [p.stmt('ScanStmt', { source: 3, key: 6, value: 7, block: inner })] }
      return [p.dot(at(0), 'list', 3), p.stmt('ScanStmt', { source: 3, key: 4, value: 5, block: middle }), p.assign(true, 2)]
    }
    const answered = evaluatePlan(load(planWith(nested)), 'main', { list: new Array(2_000).fill(0) }, { fuel: 100_000 })
    assert.deepEqual(answered.ok ? 'answered' : answered.error.kind, 'fuel')
  })

  it('stops endless recursion', () => {
    const plan = new PlanBuilder()
    const json = plan
      .func('f', [[plan.call('g', [at(0), at(1)], 2)], plan.returnStatement])
      .func('g', [[plan.call('f', [at(0), at(1)], 2)], plan.returnStatement])
      .json('f')
    const answered = evaluatePlan(load(json), 'main', {})
    assert.deepEqual(answered.ok ? 'answered' : answered.error.kind, 'depth')
  })

  it('of conflicting rules is a fault', () => {
    const plan = new PlanBuilder()
    const json = plan.func('f', [...plan.rule([], true), ...plan.rule([], false), plan.returnStatement]).json('f')
    const answered = evaluatePlan(load(json), 'main', {})
    assert.deepEqual(answered.ok ? 'answered' : answered.error.kind, 'conflict')
  })

  it('answers every hostile input, and never throws', () => {
    const plan = load(committed)
    let deep: unknown = {}
    for (let depth = 0; depth < 200_000; depth++) deep = { context: deep, principal: deep }
    const trap = { principal: {} as object }
    Object.defineProperty(trap, 'action', {
      enumerable: true,
      get() {
        throw new Error('a trap')
      },
    })
    const cyclic: Record<string, unknown> = { action: 'x', principal: { id: 'a', tenant: 't' } }
    cyclic.resource = cyclic
    cyclic.context = { relations: cyclic }
    for (const input of [
      undefined,
      null,
      0,
      '',
      [],
      deep,
      trap,
      cyclic,
      Symbol('x'),
      () => 1,
      10n,
      new Map(),
      new Proxy({}, { get: () => assert.fail() }),
      { principal: Number.NaN },
    ])
      for (const entrypoint of ['soma/policy/allow', 'soma/policy/reasons', 'voice/allow', 'not/there'])
        assert.equal(evaluatePolicy(plan, input, {}, entrypoint).allowed, false)
  })

  it('answers any JSON', () => {
    const plan = load(committed)
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (principal, context) => {
        const decision = evaluatePolicy(plan, { principal, action: 'conversation.send', resource: context, context })
        assert.equal(typeof decision.allowed, 'boolean')
        assert.notEqual(decision.reason, 'fault')
      }),
    )
  })

  it('finds the key of a number in a base document, and not in another value', () => {
    const data = { 2: 'top', list: ['a', 'b'], held: { 2: 'nested', 3: { 4: 'deep' } } }
    const value = (make: (p: PlanBuilder) => Stmt[], input: unknown = {}) => {
      const answered = evaluatePlan(load(planWith(make)), 'main', input, { data })
      return answered.ok ? answered.value.value : answered.error
    }
    const answer = (p: PlanBuilder, local: number) => p.assign(at(local), 2)
    assert.equal(
      value((p) => [p.number('2', 3), p.dot(at(1), at(3), 4), answer(p, 4)]),
      'top',
    )
    assert.equal(
      value((p) => [p.number('2', 3), p.dot(at(1), 'held', 4), p.dot(at(4), at(3), 5), answer(p, 5)]),
      'nested',
    )
    assert.equal(
      value((p) => [p.number('1', 3), p.dot(at(1), 'list', 4), p.dot(at(4), at(3), 5), answer(p, 5)]),
      'b',
    )
    assert.equal(
      value((p) => [
        p.number('3', 3),
        p.number('4', 4),
        p.dot(at(1), 'held', 5),
        p.dot(at(5), at(3), 6),
        p.dot(at(6), at(4), 7),
        answer(p, 7),
      ]),
      'deep',
    )
    // A value in a variable is no longer part of a document, and the input never is.
    const copied = (p: PlanBuilder) => [
      p.number('2', 3),
      p.dot(at(1), 'held', 4),
      p.assign(at(4), 5, 'AssignVarStmt'),
      p.dot(at(5), at(3), 6),
    ]
    assert.equal(
      value((p) => [...copied(p), answer(p, 6)]),
      undefined,
    )
    assert.equal(
      value((p) => [p.number('2', 3), p.dot(at(0), at(3), 4), answer(p, 4)], { 2: 'input' }),
      undefined,
    )
  })

  it('ignores inherited names, and reads own ones', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'length']) {
      const plan = load(planWith((p) => [p.dot(at(0), name, 3), p.assign(at(3), 2)]))
      const value = (input: unknown) => {
        const answered = evaluatePlan(plan, 'main', input)
        return answered.ok ? answered.value.value : answered.error
      }
      assert.equal(value({}), undefined, name)
      assert.equal(value([1, 2]), undefined, name)
      assert.equal(value('text'), undefined, name)
      assert.equal(value(JSON.parse(`{"${name}": 7}`)), 7, name)
    }
  })
})
