/** Abuse case 10: everything but `true` denies. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import committed from '../../../policy/plan.json' with { type: 'json' }
import { DecisionComparison, type RecordedDecision } from '../../../shared/policy/decision-comparison.ts'
import { type EvaluationResult, evaluatePolicy } from '../../../shared/policy/evaluate-policy.ts'
import { loadPlan, type Plan } from '../../../shared/rego/plan.ts'
import { at, PlanBuilder } from '../rego/plan-builder.ts'

function load(json: unknown) {
  const loaded = loadPlan(json)
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return loaded.value
}

/** A policy that answers with the input's `say`. */
const echo = () => {
  const plan = new PlanBuilder()
  return load(plan.func('f', [[plan.dot(at(0), 'say', 3), plan.assign(at(3), 2)], plan.returnStatement]).json('f'))
}

/** What `candidate` would change of `recorded`. */
function comparePolicies(candidate: Plan, recorded: Iterable<RecordedDecision>, limit = 1_000, entrypoint?: string) {
  const comparison = new DecisionComparison<EvaluationResult>(limit)
  for (const decision of recorded) comparison.add(decision, evaluatePolicy(candidate, decision.input, { at: decision.at }, entrypoint))
  return comparison.result
}

describe('A decision', () => {
  it('allows only on true', () => {
    assert.deepEqual(evaluatePolicy(echo(), { say: true }, {}, 'main'), {
      allowed: true,
      reason: 'allowed',
      detail: [],
      fuel: evaluatePolicy(echo(), { say: true }, {}, 'main').fuel,
    })
  })

  it('denies on everything else, with the cause', () => {
    const reasons = new Map<unknown, string>([
      [false, 'denied'],
      ['true', 'not_boolean'],
      [1, 'not_boolean'],
      [[true], 'not_boolean'],
      [{ allow: true }, 'not_boolean'],
      [null, 'not_boolean'],
      [undefined, 'undefined'],
    ])
    for (const [say, reason] of reasons) {
      const decision = evaluatePolicy(echo(), { say }, {}, 'main')
      assert.deepEqual([decision.allowed, decision.reason], [false, reason], String(say))
    }
    assert.equal(evaluatePolicy(echo(), {}, {}, 'main').reason, 'undefined')
    assert.equal(evaluatePolicy(echo(), { say: true }, {}, 'missing').reason, 'fault')
    assert.equal(evaluatePolicy(echo(), { say: true }, { fuel: 1 }, 'main').reason, 'fault')
  })

  it('gives the policy’s reasons', () => {
    const policy = load(committed)
    const principal = { id: 'ada', tenant: 't1', roles: ['member'], scopes: [] }
    const evaluate = (tenant: string) =>
      evaluatePolicy(policy, { principal, action: 'session.list', resource: { tenant }, context: {} }, {}, undefined, 'soma/policy/reasons')
    assert.equal(evaluate('t1').allowed, true)
    assert.deepEqual(evaluate('t2').detail, ['other_tenant'])
  })
})

describe('What if', () => {
  const committedPlan = load(committed)
  const builder = new PlanBuilder()
  const denyAll = load(builder.func('f', [[builder.assign(false, 2)], builder.returnStatement]).json('f'))
  const principal = { id: 'ada', tenant: 't1', roles: ['member'], scopes: [] }
  const input = (owner: string) => ({ principal, action: 'conversation.send', resource: { tenant: 't1', owner }, context: {} })

  it('lists the differences of a candidate, newly allowed ones first', () => {
    const recorded = [
      { id: '1', input: input('ada'), allowed: true, at: 1 },
      { id: '2', input: input('ada'), allowed: false, at: 2 },
      { id: '3', input: input('bob'), allowed: true, at: 3 },
      { id: '4', input: input('bob'), allowed: false, at: 4 },
    ]
    const { asked, opened, closed: newlyDenied, differences } = comparePolicies(committedPlan, recorded)
    assert.deepEqual([asked, opened, newlyDenied], [4, 1, 1])
    assert.deepEqual(
      differences.map(({ id, was, would }) => [id, was, would.allowed]),
      [
        ['2', false, true],
        ['3', true, false],
      ],
    )
  })

  it('counts all differences and keeps a few', () => {
    const recorded = Array.from({ length: 50 }, (_, id) => ({ id: String(id), input: input('ada'), allowed: true, at: id }))
    const { closed: newlyDenied, differences } = comparePolicies(denyAll, recorded, 10, 'main')
    assert.deepEqual([newlyDenied, differences.length], [50, 10])
  })
})
