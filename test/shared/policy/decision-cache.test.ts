import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PolicyInput } from '../../../shared/policy/access-request.ts'
import type { LoadedPolicy } from '../../../shared/policy/bundle.ts'
import { DecisionCache } from '../../../shared/policy/decision-cache.ts'
import type { PolicyDecision } from '../../../shared/policy/decision-result.ts'

const policy = () => ({ stamp: { revision: 0, hash: 'x' } }) as LoadedPolicy
const question = (action: string, context: PolicyInput['context'] = {}): PolicyInput => ({
  principal: { id: 'ada', tenant: 'acme', roles: ['member'], scopes: [], mfa: false },
  action,
  resource: { tenant: 'acme' },
  context,
})

/** Counts evaluations of the policy. */
function counting() {
  const recent = new DecisionCache()
  let evaluations = 0
  const ask = (policy: LoadedPolicy, input: PolicyInput, now: number): PolicyDecision =>
    recent.decision(policy, input, now, () => {
      evaluations += 1
      return { allowed: input.action === 'say', reasons: [], evidence: [], policy: policy.stamp, input }
    })
  return { ask, evaluations: () => evaluations }
}

describe('DecisionCache', () => {
  it('evaluates the same input once a second', () => {
    const { ask, evaluations } = counting()
    const one = policy()
    for (const now of [0, 1, 999]) assert.equal(ask(one, question('say'), now).allowed, true)
    assert.equal(evaluations(), 1)
    ask(one, question('say'), 1_000)
    assert.equal(evaluations(), 2)
  })

  it('never confuses two inputs', () => {
    const { ask, evaluations } = counting()
    const one = policy()
    assert.equal(ask(one, question('say'), 0).allowed, true)
    assert.equal(ask(one, question('delete'), 0).allowed, false)
    ask(one, question('say', { relations: ['viewer'] }), 0)
    ask(one, { ...question('say'), principal: { id: 'eve', tenant: 'acme', roles: ['member'], scopes: [], mfa: false } }, 0)
    assert.equal(evaluations(), 4)
  })

  it('evaluates a replaced policy at once', () => {
    const { ask, evaluations } = counting()
    ask(policy(), question('say'), 0)
    ask(policy(), question('say'), 0)
    assert.equal(evaluations(), 2)
  })

  it('returns each decision with its own input', () => {
    const { ask } = counting()
    const one = policy()
    ask(one, question('say'), 0)
    const second = question('say')
    assert.equal(ask(one, second, 1).input, second)
  })

  it('caches no long input, and nothing after the clock goes back', () => {
    const { ask, evaluations } = counting()
    const one = policy()
    for (const now of [0, 1]) ask(one, question('say', { text: 'x'.repeat(1_000) }), now)
    assert.equal(evaluations(), 2)
    ask(one, question('say'), 5_000)
    ask(one, question('say'), 4_000)
    assert.equal(evaluations(), 4)
  })

  it('caches at most a thousand decisions', () => {
    const { ask, evaluations } = counting()
    const one = policy()
    for (let n = 0; n < 1_500; n += 1) ask(one, question(`a${n}`), 0)
    ask(one, question('a0'), 0)
    assert.equal(evaluations(), 1_500)
    ask(one, question('a1400'), 0)
    assert.equal(evaluations(), 1_501)
  })
})
