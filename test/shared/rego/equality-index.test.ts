/** The index selects the same rules as trying each one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { evaluatePlan } from '../../../shared/rego/evaluate.ts'
import { loadPlan } from '../../../shared/rego/plan.ts'
import type { Watcher } from '../../../shared/rego/step.ts'
import { toJson } from '../../../shared/rego/value.ts'
import { at, PlanBuilder, type Stmt } from './plan-builder.ts'

/** A watcher without effect. Traced plans are not indexed. */
const noWatcher: Watcher = { step: (_, step) => step, call: () => {}, block: (_, __, step) => step }

interface Condition {
  readonly path: readonly string[]
  readonly values: readonly (string | boolean | number)[]
}

interface Rule {
  readonly conditions: readonly Condition[]
  readonly answer: string
}

function planOf(rules: readonly Rule[], isSet: boolean): unknown {
  const plan = new PlanBuilder().builtin('internal.member_2', 2)
  const constant = (value: string | boolean | number, target: number): Stmt =>
    typeof value === 'number' ? plan.number(String(value), target) : plan.assign(value, target, 'AssignVarStmt')
  const bodyOf = ({ conditions }: Rule): Stmt[] => {
    let local = 4
    return conditions.flatMap(({ path, values }) => {
      const steps: Stmt[] = []
      let from = 0
      for (const key of path) {
        steps.push(plan.dot(at(from), key, local))
        from = local++
      }
      const [single] = values
      if (values.length === 1 && single !== undefined) return [...steps, constant(single, local), plan.equal(at(from), at(local++))]
      const members = local++
      steps.push(plan.stmt('MakeSetStmt', { target: members }))
      for (const value of values) {
        steps.push(constant(value, local), plan.stmt('SetAddStmt', { value: plan.operand(at(local)), set: members }))
        local++
      }
      return [
        ...steps,
        plan.call('internal.member_2', [at(from), at(members)], local),
        plan.stmt('NotEqualStmt', { a: plan.operand(at(local++)), b: plan.operand(false) }),
      ]
    })
  }
  const blocks = isSet
    ? [
        [plan.stmt('MakeSetStmt', { target: 2 })],
        ...rules.map((rule) => [...bodyOf(rule), plan.stmt('SetAddStmt', { value: plan.operand(rule.answer), set: 2 })]),
      ]
    : rules.flatMap((rule) => plan.rule(bodyOf(rule), rule.answer))
  return plan.func('f', [...blocks, plan.returnStatement]).json('f')
}

const value = fc.constantFrom('a', 'b', 'c', 'd', true, false, 1, 2.5)
const path = fc.constantFrom(['x'], ['y'], ['deep', 'z'], ['constructor'])
const condition = fc.record({ path, values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }) })
const rule = fc.record({ conditions: fc.array(condition, { maxLength: 3 }), answer: fc.constantFrom('one', 'two', 'three') })
const nested = fc.oneof(value, fc.constantFrom(null, [], ['a'], {}, 3))
const input = fc.oneof(
  { weight: 9, arbitrary: fc.record({ x: nested, y: nested, deep: fc.oneof(fc.record({ z: nested }), nested) }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: nested },
)

describe('The index', () => {
  it('changes no result', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 24, size: 'max' }),
        fc.boolean(),
        fc.array(input, { minLength: 5, maxLength: 5 }),
        (rules, isSet, inputs) => {
          const json = planOf(rules, isSet)
          const indexed = loadPlan(json)
          const unindexed = loadPlan(json, noWatcher)
          assert.ok(indexed.ok && unindexed.ok)
          for (const input of inputs) {
            const answers: unknown[] = [indexed.value, unindexed.value].map((plan) => {
              const answered = evaluatePlan(plan, 'main', input)
              return answered.ok ? { value: answered.value.value === undefined ? undefined : toJson(answered.value.value) } : answered.error
            })
            assert.deepEqual(answers[0], answers[1])
          }
        },
      ),
      { numRuns: 400 },
    )
  })

  it('skips nothing that another rule reads', () => {
    // The last rule reads a local of the first one. No compiler writes that, but the plan allows it.
    const plan = new PlanBuilder()
    const first = (key: string) => plan.rule([plan.dot(at(0), 'x', 4), plan.equal(at(4), key), plan.dot(at(0), 'y', 5)], 'skipped')
    const remainder = plan.rule([plan.dot(at(0), 'x', 6), plan.equal(at(6), 'e'), plan.equal(at(4), 'e')], 'left behind')
    const loaded = loadPlan(plan.func('f', [...['a', 'b', 'c', 'd'].flatMap(first), ...remainder, plan.returnStatement]).json('f'))
    assert.ok(loaded.ok)
    const answered = evaluatePlan(loaded.value, 'main', { x: 'e' })
    assert.equal(answered.ok ? answered.value.value : answered.error, 'left behind')
  })

  it('makes a thousand rules as cheap as ten', () => {
    const fuel = (count: number): number => {
      const rules = Array.from({ length: count }, (_, index) => ({ conditions: [{ path: ['x'], values: [`v${index}`] }], answer: 'yes' }))
      const loaded = loadPlan(planOf(rules, false))
      assert.ok(loaded.ok)
      const answered = evaluatePlan(loaded.value, 'main', { x: `v${count - 1}` })
      assert.ok(answered.ok && answered.value.value === 'yes')
      return answered.value.fuel
    }
    assert.ok(fuel(1_000) <= fuel(10) + 1, `${fuel(10)} and ${fuel(1_000)}`)
  })
})
