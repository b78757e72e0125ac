/** A policy that asks before a permitted tool call: in this isolate, and on an OPA server. Everything unusable denies. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import committed from '../../../policy/plan.json' with { type: 'json' }
import { Subject, TenantId } from '../../../shared/ids.ts'
import { policyInput } from '../../../shared/policy/access-request.ts'
import { builtInPolicy, DecisionPoint } from '../../../shared/policy/decision-point.ts'
import { evaluateWithReasons } from '../../../shared/policy/evaluate-policy.ts'
import type { PolicyAction } from '../../../shared/policy/policy-actions.ts'

const builtIn = builtInPolicy(committed)
const ada = { tenant: TenantId.parse('acme'), subject: Subject.parse('ada'), roles: ['member'], scopes: [], amr: [] } as const
const call = (name: string, action: PolicyAction = 'tool.execute') =>
  policyInput(ada, { action, resource: { name }, context: { arguments: {}, catalog: { enabled: true, scopes: [], effect: 'once' } } })
const decide = (input: ReturnType<typeof call>, data: unknown) =>
  evaluateWithReasons(builtIn.plan, builtIn.stamp, input, { at: 0, data: data as never })

describe('The reasons to ask', () => {
  it('come from the data of an uploaded policy, by tool and by effect', () => {
    assert.equal(decide(call('pay'), {}).asks, undefined)
    assert.deepEqual(decide(call('pay'), { approvals: { tools: ['pay'] } }).asks, ['listed'])
    assert.deepEqual(decide(call('pay'), { approvals: { effects: ['once'], tools: ['pay'] } }).asks, ['effect', 'listed'])
    assert.equal(decide(call('pay'), { approvals: { tools: ['look'], effects: ['none'] } }).asks, undefined)
  })

  it('belong to permitted tool calls only', () => {
    const data = { approvals: { tools: ['pay'], effects: ['once'] } }
    assert.equal(decide(call('pay', 'session.list'), data).asks, undefined)
    const denied = decide({ ...call('pay'), context: { catalog: { enabled: false, scopes: [], effect: 'once' } } }, data)
    assert.deepEqual([denied.allowed, denied.asks], [false, undefined])
  })

  it('are none for a policy of an earlier release, which has no such entry point', () => {
    const { plans, ...rest } = committed as unknown as { plans: { plans: { name: string }[] } }
    const older = { ...rest, plans: { plans: plans.plans.filter(({ name }) => name !== 'soma/policy/asks') } }
    const { plan, stamp } = builtInPolicy(older)
    const decision = evaluateWithReasons(plan, stamp, call('pay'), { at: 0, data: { approvals: { tools: ['pay'] } } as never })
    assert.deepEqual([decision.allowed, decision.asks], [true, undefined])
  })
})

describe('An OPA server that allows a tool call', () => {
  const decisionOf = (asks: string | (() => Response), input = call('pay')) => {
    const answer = (url: unknown) => {
      if (String(url).endsWith('/allow')) return new Response('{"result":true}')
      if (!String(url).endsWith('/asks')) throw new Error(`unexpected: ${url}`)
      return typeof asks === 'string' ? new Response(asks) : asks()
    }
    const opa = { url: 'http://opa.test', token: 'opa-token-0123456789', fetch: async (url: unknown) => answer(url) }
    const store = () => ({
      stampsInForce: async () => ({ policy: null, constitution: null }),
      policyText: async () => null,
      constitutionText: async () => null,
    })
    return new DecisionPoint(() => builtIn).authorize({ input, store, opa, now: Date.now })
  }

  it('asks with a set of strings, without its own token', async () => {
    assert.deepEqual((await decisionOf('{"result":["large"]}')).asks, ['large'])
    assert.deepEqual([(await decisionOf('{"result":[]}')).asks, (await decisionOf('{}')).asks], [undefined, undefined])
    assert.ok(!JSON.stringify((await decisionOf('{"result":["Bearer opa-token-0123456789"]}')).asks).includes('0123456789'))
    assert.equal((await decisionOf(() => assert.fail('asked'), call('pay', 'session.list'))).allowed, true)
  })

  it('denies if it answers with anything else', async () => {
    for (const answer of [
      '{"result":true}',
      '{"result":"large"}',
      '{"result":[1]}',
      '{"result":{"large":true}}',
      '{"result":null}',
      '<html>',
    ]) {
      const decision = await decisionOf(answer)
      assert.deepEqual([answer, decision.allowed, decision.reasons], [answer, false, ['fault']])
    }
    assert.equal((await decisionOf(() => new Response('', { status: 500 }))).allowed, false)
    const unreachable = () => {
      throw new Error('refused')
    }
    assert.equal((await decisionOf(unreachable)).allowed, false)
  })
})
