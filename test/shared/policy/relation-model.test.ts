/** L2: the relation model and the policy agree on what a share of a session allows. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import plan from '../../../policy/plan.json' with { type: 'json' }
import { Subject, TenantId } from '../../../shared/ids.ts'
import { policyInput } from '../../../shared/policy/access-request.ts'
import { evaluatePolicy } from '../../../shared/policy/evaluate-policy.ts'
import type { PolicyAction } from '../../../shared/policy/policy-actions.ts'
import { loadPlan } from '../../../shared/rego/plan.ts'
import { checkRelations } from '../../../shared/relations/check.ts'
import { platformModel } from '../../../shared/relations/platform-model.ts'
import { InMemoryTupleStore } from '../../../shared/relations/store.ts'

const loaded = loadPlan(plan)
assert.ok(loaded.ok)
const policy = loaded.value

/** The permission of the model for each action, and the level of sharing that the policy reads for each permission. */
const permissions: Readonly<Record<string, readonly PolicyAction[]>> = {
  can_read: ['session.read', 'conversation.read', 'session.export'],
  can_send: ['conversation.send', 'session.steer', 'session.cancel'],
  can_share: ['session.share'],
  can_delete: ['session.delete'],
}
const levels = [
  ['viewer', 'can_read'],
  ['member', 'can_send'],
  ['admin', 'can_share'],
] as const

const session = 'session:s'
const user = 'user:bob'
const tenantTuple = { object: session, relation: 'tenant', user: 'tenant:acme' }
const isAllowed = (relations: readonly string[], owner: string, action: PolicyAction) =>
  evaluatePolicy(
    policy,
    policyInput(
      { tenant: TenantId.parse('acme'), subject: Subject.parse('bob'), roles: ['member'], scopes: [], amr: [] },
      { action, resource: { kind: 'session', id: 's', owner }, context: { relations } },
    ),
  ).allowed

const shares: readonly (readonly string[])[] = [
  [],
  ['viewer'],
  ['member'],
  ['admin'],
  ['admin', 'blocked'],
  ['viewer', 'blocked'],
  ['owner'],
  ['owner', 'blocked'],
]

describe('L2: a session that is shared', () => {
  for (const share of shares)
    it(`as ${share.join(' and ') || 'nothing'} allows in the policy what the model says`, () => {
      const tuples = new InMemoryTupleStore([tenantTuple, ...share.map((relation) => ({ object: session, relation, user }))])
      const names = Object.keys(permissions)
      const outcomes = checkRelations(platformModel, tuples, { object: session, relation: 'can_read', user }, names)
      const granted = names.filter((_, index) => outcomes[index] === 'yes')
      const relations = levels.flatMap(([level, permission]) => (granted.includes(permission) ? [level] : []))
      for (const [permission, actions] of Object.entries(permissions))
        for (const action of actions)
          assert.equal(isAllowed(relations, share.includes('owner') ? 'bob' : 'ada', action), granted.includes(permission), action)
    })

  it('has a permission of the model for every action that a share may allow', () => {
    const allRelations = ['viewer', 'member', 'admin']
    const shareable: PolicyAction[] = [
      'session.read',
      'session.update',
      'session.delete',
      'session.export',
      'session.share',
      'conversation.reset',
    ]
    assert.deepEqual(
      shareable.filter((action) => isAllowed(allRelations, 'ada', action)),
      ['session.read', 'session.update', 'session.export', 'session.share', 'conversation.reset'],
    )
  })
})
