import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import committed from '../../../policy/plan.json' with { type: 'json' }
import type { Role } from '../../../shared/identity/role.ts'
import { Subject, TenantId } from '../../../shared/ids.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { type AccessRequest, policyInput, withoutTexts } from '../../../shared/policy/access-request.ts'
import { builtInPolicy, DecisionPoint } from '../../../shared/policy/decision-point.ts'
import type { PolicyStamp } from '../../../shared/policy/decision-result.ts'
import { authorizeOnBehalf, type PolicyBindings } from '../../../shared/policy/delegated-action.ts'
import { evaluateWithReasons } from '../../../shared/policy/evaluate-policy.ts'
import { memoryWrite } from '../../../shared/policy/memory-write.ts'
import type { PolicyAction } from '../../../shared/policy/policy-actions.ts'
import { isUsable, PolicyCache, type PolicyStore, type Stamps } from '../../../shared/policy/policy-cache.ts'

const builtIn = builtInPolicy(committed)
const ada = { tenant: TenantId.parse('acme'), subject: Subject.parse('ada'), roles: ['member'], scopes: [], amr: [] } as const
const decisionFor = (request: AccessRequest, identity: Parameters<typeof policyInput>[0] = ada) =>
  evaluateWithReasons(builtIn.plan, builtIn.stamp, policyInput(identity, request), { at: 0 })

describe('A request', () => {
  it('always concerns its own tenant', () => {
    const decision = decisionFor({ action: 'session.list', resource: { tenant: 'globex' } })
    assert.equal(decision.input.resource.tenant, 'acme')
    assert.equal(decision.allowed, true)
  })

  it('is recorded without message text', () => {
    const { input } = decisionFor({
      action: 'tool.execute',
      context: { text: 'secret', arguments: { key: 'secret' }, relations: ['viewer'] },
    })
    assert.deepEqual(withoutTexts(input).context, { relations: ['viewer'], withheld: ['text', 'arguments'] })
    assert.ok(!JSON.stringify(withoutTexts(input)).includes('secret'))
  })
})

describe('A memory write', () => {
  it('is allowed to a member within the rate, and without personal data', () => {
    assert.equal(decisionFor(memoryWrite({ kind: 'somabrain', writesThisMinute: 1_000 })).allowed, true)
    assert.equal(decisionFor(memoryWrite({ kind: 'somabrain', writesThisMinute: 1_001 })).allowed, false)
    assert.equal(decisionFor(memoryWrite({ kind: 'conversation_memory', text: 'likes tea' })).allowed, true)
    assert.equal(decisionFor(memoryWrite({ kind: 'conversation_memory', text: 'write to ada@example.com' })).allowed, false)
    assert.equal(decisionFor(memoryWrite({ kind: 'somabrain', writesThisMinute: 1 }), { ...ada, roles: ['viewer'] }).allowed, false)
  })
})

/** A tenant's object that counts its calls. */
function store(text: string | null = null) {
  const calls = { stamps: 0, texts: 0 }
  const stored: { stamp: PolicyStamp | null; constitution: Stamps['constitution']; document: string | null } = {
    stamp: null,
    constitution: null,
    document: null,
  }
  const port: PolicyStore = {
    stampsInForce: async () => {
      calls.stamps++
      return { policy: stored.stamp, constitution: stored.constitution }
    },
    constitutionText: async () => {
      calls.texts++
      return stored.document
    },
    policyText: async () => {
      calls.texts++
      return text
    },
  }
  return { calls, stored, port }
}

describe('A turn', () => {
  const decideOnBehalf = async (role: Role | null, role_at_most?: Role) => {
    const env: PolicyBindings = {
      TENANT: { getByName: () => store().port },
      ACCOUNTS: { getByName: () => ({ roleOf: async () => role }) },
      AUDIT_TRAIL: { getByName: () => ({ record: async () => null }) },
      OPA_URL: '',
      OPA_TOKEN: '',
    }
    const act = { tenant: 'acme', session: 's', subject: 'ada', turn_id: 't', role_at_most }
    return authorizeOnBehalf(new DecisionPoint(() => builtIn), env, act, { action: 'model.invoke', resource: { kind: 'model', name: 'm' } })
  }

  it("acts with its user's current role, without scopes, and at most with the requester's role", async () => {
    for (const [currentRole, maxRole, effectiveRoles] of [
      ['admin', undefined, ['admin']],
      ['owner', 'member', ['member']],
      ['viewer', 'member', ['viewer']],
      ['admin', 'viewer', ['viewer']],
      [null, 'admin', []],
    ] as const) {
      const { input, allowed } = await decideOnBehalf(currentRole, maxRole)
      assert.deepEqual([input.principal.roles, input.principal.scopes], [effectiveRoles, []])
      assert.equal(allowed, effectiveRoles[0] === 'admin' || effectiveRoles[0] === 'member')
    }
  })
})

describe('The active policy', () => {
  it('is checked at most once a second, and loaded when its stamp changes', async () => {
    const text = JSON.stringify({
      revision: 2,
      plan: committed,
      tests: [
        { input: {}, allow: false },
        { input: {}, allow: true },
      ],
    })
    const { calls, stored, port } = store(text)
    const policies = new PolicyCache(() => builtIn)
    let now = 10_000
    const loadPolicies = () =>
      policies.policiesOf(
        'acme',
        () => port,
        () => now,
      )
    const revision = async () => {
      const { policy } = await loadPolicies()
      return isUsable(policy) ? policy.stamp.revision : null
    }
    for (let index = 0; index < 50; index++) assert.equal(await revision(), 0)
    now += 999
    await loadPolicies()
    assert.deepEqual(calls, { stamps: 1, texts: 0 })
    stored.stamp = { revision: 2, hash: textHash(text) }
    now += 1
    assert.equal(await revision(), 2)
    now += 1_000
    await loadPolicies()
    assert.deepEqual([calls.stamps, calls.texts], [3, 1])
  })

  it('denies everything while it is unknown, with the reason', async () => {
    const decisionPoint = new DecisionPoint(() => builtIn)
    const unavailable: PolicyStore = {
      stampsInForce: () => Promise.reject(new Error('away')),
      policyText: async () => null,
      constitutionText: async () => null,
    }
    const input = policyInput({ ...ada, roles: ['owner'] }, { action: 'session.list' })
    const decision = await decisionPoint.authorize({ input, store: () => unavailable, opa: null, now: () => 0 })
    assert.deepEqual([decision.allowed, decision.reasons, decision.evidence], [false, ['unavailable'], ['away']])
  })

  it('denies everything but its repair if this code cannot load it', async () => {
    const { stored, port } = store('{"revision": 1, "plan": {}, "tests": []}')
    stored.stamp = { revision: 1, hash: 'h' }
    const decisionPoint = new DecisionPoint(() => builtIn)
    const decide = (identity: Parameters<typeof policyInput>[0], action: PolicyAction) =>
      decisionPoint.authorize({ input: policyInput(identity, { action }), store: () => port, opa: null, now: () => 0 })
    const decision = await decide(ada, 'session.list')
    assert.deepEqual([decision.allowed, decision.reasons, decision.policy], [false, ['unavailable'], { revision: 1, hash: 'h' }])
    const admin = { ...ada, roles: ['admin'] } as const
    for (const action of ['session.list', 'admin.users.read', 'admin.audit.read', 'settings.update'] as const)
      assert.equal((await decide(admin, action)).allowed, false, action)
    for (const action of ['admin.policy.read', 'admin.policy.update', 'admin.constitution.update'] as const) {
      assert.equal((await decide(admin, action)).allowed, true, action)
      assert.equal((await decide(ada, action)).allowed, false, action)
    }
  })
})
