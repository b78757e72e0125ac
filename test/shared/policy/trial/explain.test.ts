/** An explanation names the deciding rules and their inputs, and every reported change reverses the decision. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import committed from '../../../../policy/plan.json' with { type: 'json' }
import { evaluatePolicy } from '../../../../shared/policy/evaluate-policy.ts'
import { type Explanation, loadExplainer } from '../../../../shared/policy/trial/explain.ts'
import { loadPlan } from '../../../../shared/rego/plan.ts'
import { withPath } from '../../../../shared/rego/trace.ts'
import type { RegoValue } from '../../../../shared/rego/value.ts'
import { at, PlanBuilder } from '../../rego/plan-builder.ts'

const loaded = loadPlan(committed)
const explainer = loadExplainer(committed)
assert.ok(loaded.ok && explainer.ok)

const ada = { id: 'ada', tenant: 't1', roles: ['member'], scopes: [] as string[] }
const inputFor = (action: string, resource: object, context: object = {}, principal: object = ada) => ({
  principal,
  action,
  resource: { tenant: 't1', ...resource },
  context,
})

function explain(input: unknown): Explanation {
  assert.ok(explainer.ok)
  const explained = explainer.value.explain('soma/policy/allow', input)
  assert.ok(explained.ok, JSON.stringify(explained))
  return explained.value
}

const changesOf = ({ changes }: Explanation) => changes.map(({ pointer, to }) => `${pointer}=${JSON.stringify(to)}`)

describe('An explanation', () => {
  it('names the rule that allowed, and its inputs', () => {
    const { answer, rules, inputs } = explain(inputFor('conversation.send', { owner: 'ada' }))
    assert.equal(answer, true)
    const heldRules = rules.filter(({ outcome }) => outcome === 'held').map(({ rule }) => rule)
    for (const rule of ['soma.policy.allow', 'soma.policy.permitted', 'soma.policy.owner', 'soma.policy.same_tenant'])
      assert.ok(heldRules.includes(rule), rule)
    assert.ok(!heldRules.includes('soma.policy.admin'))
    const values = new Map(inputs.map(({ pointer, value }) => [pointer, value]))
    assert.equal(values.get('/resource/owner'), 'ada')
    assert.equal(values.get('/action'), 'conversation.send')
    assert.ok(!values.has('/resource/kind'))
  })

  it('reports how far a failed rule got, and where it stopped', () => {
    const { rules } = explain(inputFor('conversation.send', { owner: 'bob' }))
    const evaluated = rules.filter(({ rule, outcome }) => rule === 'soma.policy.contributes' && outcome === 'failed')
    assert.ok(evaluated.length > 0)
    for (const { row, stoppedAt } of evaluated) assert.ok(stoppedAt >= row && stoppedAt < row + 4, `${row}: ${stoppedAt}`)
  })

  it('reports the changes that would allow a denied request', () => {
    const others = changesOf(explain(inputFor('conversation.send', { owner: 'bob' })))
    assert.ok(others.includes('/resource/owner="ada"'))
    assert.ok(others.includes('/context/relations=["member"]'), others.join())
    assert.ok(
      changesOf(explain(inputFor('memory.write', { kind: 'somabrain' }, { writes_this_minute: 1_001 }))).includes(
        '/context/writes_this_minute=1000',
      ),
    )
    assert.ok(changesOf(explain(inputFor('admin.users.read', {}))).includes('/principal/roles=["member","admin"]'))
    assert.ok(changesOf(explain(inputFor('session.list', { tenant: 't2' }))).includes('/resource/tenant="t1"'))
    assert.ok(changesOf(explain(inputFor('tool.execute', { name: 'echo' }))).includes('/context/arguments/text=""'))
  })

  it('reports the changes that would deny an allowed request', () => {
    const changes = changesOf(explain(inputFor('session.list', {})))
    for (const change of ['/principal/roles=undefined', '/resource/tenant=undefined', '/principal/id=""'])
      assert.ok(changes.includes(change), changes.join())
  })

  it('agrees with the evaluator, and reports only changes that reverse the decision', () => {
    const owner = fc.constantFrom('ada', 'bob')
    const input = fc
      .tuple(
        fc.constantFrom('conversation.send', 'session.read', 'memory.delete', 'model.invoke', 'tool.execute', 'admin.users.read'),
        owner,
        fc.constantFrom('t1', 't2'),
        fc.boolean(),
        fc.constantFrom('echo', 'timestamp'),
      )
      .map(([action, owner, tenant, budget_left, name]) =>
        inputFor(action, { owner, tenant, name }, { budget_left, arguments: { text: 'hello', format: 'US' } }),
      )
    fc.assert(
      fc.property(input, (sample) => {
        const { answer, changes } = explain(sample)
        assert.equal(answer, evaluatePolicy(loaded.value, sample).allowed)
        for (const { pointer, to, answer: newAnswer } of changes) {
          const path = pointer.slice(1).split('/')
          assert.notEqual(newAnswer, answer)
          assert.equal(
            evaluatePolicy(loaded.value, withPath(sample as unknown as RegoValue, path, to as RegoValue | undefined)).allowed,
            newAnswer,
            pointer,
          )
        }
      }),
      { numRuns: 40 },
    )
  })

  it('does not change the input', () => {
    const input = inputFor('conversation.send', { owner: 'bob' })
    const before = structuredClone(input)
    explain(input)
    assert.deepEqual(input, before)
  })

  it('refuses an input that it cannot explain', () => {
    let deep: unknown = {}
    for (let depth = 0; depth < 200_000; depth++) deep = [deep]
    assert.ok(explainer.ok)
    assert.equal(explainer.value.explain('soma/policy/nothing', {}).ok, false)
    for (const input of [{ principal: { roles: deep } }, Symbol('x'), new Proxy({}, { get: () => assert.fail() })])
      explainer.value.explain('soma/policy/allow', input)
  })
})

describe('H1: the tries of an explanation', () => {
  const flags = Array.from({ length: 300 }, (_, n) => `flag${n}`)
  /** A policy that reads 300 flags, and answers with the last. `times`: how often it validates a text of 40,000 characters. */
  const explanation = (times: number) => {
    const p = new PlanBuilder().builtin('base64.is_valid', 1)
    const costs = Array.from({ length: times }, () => p.call('base64.is_valid', [at(5)], 6))
    const reads = flags.map((flag) => p.dot(at(0), flag, 7))
    const stmts = [p.dot(at(1), 'text', 5), ...costs, ...reads, p.assign(at(7), 2)]
    const loaded = loadExplainer(p.func('f', [stmts, p.returnStatement]).json('f'))
    assert.ok(loaded.ok, JSON.stringify(loaded))
    const input = Object.fromEntries(flags.map((flag) => [flag, true]))
    const explained = loaded.value.explain('main', input, { fuel: 50_000, data: { text: 'QUJD'.repeat(10_000) } })
    assert.ok(explained.ok, JSON.stringify(explained))
    return explained.value
  }

  it('share their fuel: those of a cheap policy reach the last input, those of an expensive one do not', () => {
    assert.ok(changesOf(explanation(0)).includes('/flag299=false'))
    const expensive = explanation(5)
    assert.equal(expensive.answer, true)
    assert.deepEqual(changesOf(expensive), [])
  })
})
