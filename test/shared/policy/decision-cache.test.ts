import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PolicyInput } from '../../../shared/policy/access-request.ts'
import type { LoadedPolicy } from '../../../shared/policy/bundle.ts'
import { DecisionCache } from '../../../shared/policy/decision-cache.ts'
import type { PolicyDecision } from '../../../shared/policy/decision-result.ts'

const policy = () => ({ stamp: { revision: 0, hash: 'x' } }) as LoadedPolicy
const inputFor = (action: string, context: PolicyInput['context'] = {}): PolicyInput => ({
  principal: { id: 'ada', tenant: 'acme', roles: ['member'], scopes: [], mfa: false },
  action,
  resource: { tenant: 'acme' },
  context,
})

/** Counts evaluations of the policy. */
function countingCache() {
  const cache = new DecisionCache()
  let evaluations = 0
  const ask = (policy: LoadedPolicy, input: PolicyInput, now: number): PolicyDecision =>
    cache.decision(policy, input, now, () => {
      evaluations += 1
      return { allowed: input.action === 'say', reasons: [], evidence: [], policy: policy.stamp, input }
    })
  return { ask, evaluations: () => evaluations }
}

describe('DecisionCache', () => {
  it('evaluates the same input once a second', () => {
    const { ask, evaluations } = countingCache()
    const loaded = policy()
    for (const now of [0, 1, 999]) assert.equal(ask(loaded, inputFor('say'), now).allowed, true)
    assert.equal(evaluations(), 1)
    ask(loaded, inputFor('say'), 1_000)
    assert.equal(evaluations(), 2)
  })

  it('never confuses two inputs', () => {
    const { ask, evaluations } = countingCache()
    const loaded = policy()
    assert.equal(ask(loaded, inputFor('say'), 0).allowed, true)
    assert.equal(ask(loaded, inputFor('delete'), 0).allowed, false)
    ask(loaded, inputFor('say', { relations: ['viewer'] }), 0)
    ask(loaded, { ...inputFor('say'), principal: { id: 'eve', tenant: 'acme', roles: ['member'], scopes: [], mfa: false } }, 0)
    assert.equal(evaluations(), 4)
  })

  it('evaluates a replaced policy at once', () => {
    const { ask, evaluations } = countingCache()
    ask(policy(), inputFor('say'), 0)
    ask(policy(), inputFor('say'), 0)
    assert.equal(evaluations(), 2)
  })

  it('returns each decision with its own input', () => {
    const { ask } = countingCache()
    const loaded = policy()
    ask(loaded, inputFor('say'), 0)
    const second = inputFor('say')
    assert.equal(ask(loaded, second, 1).input, second)
  })

  it('caches no long input, and nothing after the clock goes back', () => {
    const { ask, evaluations } = countingCache()
    const loaded = policy()
    for (const now of [0, 1]) ask(loaded, inputFor('say', { text: 'x'.repeat(1_000) }), now)
    assert.equal(evaluations(), 2)
    ask(loaded, inputFor('say'), 5_000)
    ask(loaded, inputFor('say'), 4_000)
    assert.equal(evaluations(), 4)
  })

  it('caches at most a thousand decisions', () => {
    const { ask, evaluations } = countingCache()
    const loaded = policy()
    for (let n = 0; n < 1_500; n += 1) ask(loaded, inputFor(`a${n}`), 0)
    ask(loaded, inputFor('a0'), 0)
    assert.equal(evaluations(), 1_500)
    ask(loaded, inputFor('a1400'), 0)
    assert.equal(evaluations(), 1_501)
  })
})
