/** The contract of every `Relations` driver: the platform's cases, and the attacks of abuse case 13. */
import assert from 'node:assert/strict'
import { platformDsl } from '../../../scripts/relations/model.ts'
import type { Relations } from '../../../shared/relations/relations.ts'
import type { Tuple } from '../../../shared/relations/tuple.ts'

/** Opens a driver over an empty store with this model. */
export type Open = (dsl: string) => Promise<Relations>

export interface Scenario {
  readonly name: string
  run(open: Open): Promise<void>
}

/** "document:1#viewer@user:anne" */
export function tuple(text: string): Tuple {
  const [object = '', rest = ''] = [text.slice(0, text.indexOf('#')), text.slice(text.indexOf('#') + 1)]
  return { object, relation: rest.slice(0, rest.indexOf('@')), user: rest.slice(rest.indexOf('@') + 1) }
}

async function openWith(open: Open, dsl: string, ...tuples: string[]): Promise<Relations> {
  const relations = await open(dsl)
  for (let index = 0; index < tuples.length; index += 100) {
    assert.deepEqual(await relations.write({ writes: tuples.slice(index, index + 100).map(tuple) }), { ok: true, value: null })
  }
  return relations
}

async function assertChecks(relations: Relations, expected: boolean | string, ...questions: string[]): Promise<void> {
  for (const question of questions) {
    const result = await relations.check(tuple(question))
    assert.equal(result.ok ? result.value : result.error.code, expected, question)
  }
}

const groupModel = `model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type document
  relations
    define parent: [document]
    define blocked: [user, user:*, group#member, document#viewer]
    define editor: [user]
    define viewer: [user, user:*, group#member] or editor or viewer from parent
    define can_read: viewer but not blocked
    define both: editor and viewer`

const cyclicModel = `model
  schema 1.1
type user
type document
  relations
    define base: [user]
    define a: [user, document#b]
    define b: [user, document#a]
    define can_read: base but not a`

const scenarios: { readonly [name: string]: (open: Open) => Promise<void> } = {
  async 'an owner may do what an admin, a member and a viewer may'(open) {
    const relations = await openWith(open, platformDsl, 'session:s#owner@user:anne', 'session:s#tenant@tenant:acme')
    await assertChecks(
      relations,
      true,
      ...['can_read', 'can_send', 'can_share', 'can_delete', 'viewer'].map((permission) => `session:s#${permission}@user:anne`),
    )
    await assertChecks(
      relations,
      false,
      ...['can_read', 'can_send', 'can_share', 'can_delete', 'viewer'].map((permission) => `session:s#${permission}@user:bob`),
    )
  },
  async 'a supervisor of the tenant reads its conversations; an admin or another tenant’s supervisor does not'(open) {
    const tuples = [
      'session:s#owner@user:anne',
      'session:s#tenant@tenant:acme',
      'tenant:acme#owner@user:boss',
      'tenant:acme#supervisor@user:eve',
    ]
    const relations = await openWith(open, platformDsl, ...tuples, 'tenant:globex#supervisor@user:mallory')
    await assertChecks(relations, false, 'session:s#can_read@user:boss', 'session:s#can_read@user:mallory', 'session:s#can_send@user:eve')
    await assertChecks(relations, true, 'session:s#can_read@user:eve', 'tenant:acme#viewer@user:boss')
  },
  async 'a user who is blocked in the tenant reads their own sessions, but no shared ones'(open) {
    const shared = [
      'session:s#viewer@group:g#member',
      'group:g#member@user:bob',
      'session:s#tenant@tenant:acme',
      'session:s#owner@user:anne',
    ]
    const relations = await openWith(open, platformDsl, ...shared)
    await assertChecks(relations, true, 'session:s#can_read@user:bob')
    await relations.write({ writes: [tuple('tenant:acme#blocked@user:bob'), tuple('tenant:acme#blocked@user:anne')] })
    await assertChecks(relations, false, 'session:s#can_read@user:bob')
    await assertChecks(relations, true, 'session:s#can_read@user:anne')
    await relations.write({ deletes: [tuple('tenant:acme#blocked@user:bob')] })
    await assertChecks(relations, true, 'session:s#can_read@user:bob')
  },
  async 'a namespace can be shared with a group and with the members of a tenant'(open) {
    const relations = await openWith(
      open,
      platformDsl,
      'memory_namespace:m#member@group:g#member',
      'group:g#member@user:anne',
      'memory_namespace:m#viewer@tenant:acme#member',
      'tenant:acme#admin@user:boss',
    )
    await assertChecks(relations, true, 'memory_namespace:m#can_write@user:anne', 'memory_namespace:m#can_recall@user:boss')
    await assertChecks(relations, false, 'memory_namespace:m#can_write@user:boss', 'memory_namespace:m#can_manage@user:anne')
  },
  async 'a revocation takes effect at the next check'(open) {
    const relations = await openWith(open, groupModel, 'group:g#member@user:anne', 'document:d#viewer@group:g#member')
    await assertChecks(relations, true, 'document:d#viewer@user:anne')
    await relations.write({ deletes: [tuple('group:g#member@user:anne')] })
    await assertChecks(relations, false, 'document:d#viewer@user:anne')
  },
  async 'cyclic groups grant nothing extra, and their members keep their own access'(open) {
    const relations = await openWith(
      open,
      groupModel,
      'group:a#member@group:b#member',
      'group:b#member@group:c#member',
      'group:c#member@group:a#member',
      'group:c#member@user:anne',
    )
    await assertChecks(relations, true, 'group:a#member@user:anne', 'group:b#member@user:anne', 'group:a#member@group:c#member')
    await assertChecks(relations, false, 'group:a#member@user:bob')
  },
  async 'a userset is a member of itself, independent of the tuples'(open) {
    const relations = await open(groupModel)
    await assertChecks(relations, true, 'group:g#member@group:g#member', 'document:d#viewer@document:d#viewer')
    await assertChecks(relations, false, 'group:g#member@group:h#member', 'group:g#member@group:g')
  },
  async 'a cycle in the subtracted operand denies'(open) {
    const relations = await openWith(
      open,
      cyclicModel,
      'document:d#base@user:anne',
      'document:d#a@document:d#b',
      'document:d#b@document:d#a',
    )
    await assertChecks(relations, true, 'document:d#base@user:anne')
    await assertChecks(relations, false, 'document:d#can_read@user:anne', 'document:d#a@user:anne')
  },
  async 'a chain that is too deep has no answer'(open) {
    const chain = Array.from({ length: 40 }, (_, index) => `group:${index}#member@group:${index + 1}#member`)
    const relations = await openWith(open, groupModel, ...chain, 'group:40#member@user:anne', 'document:d#viewer@group:0#member')
    await assertChecks(relations, true, 'group:30#member@user:anne')
    const result = await relations.check(tuple('document:d#viewer@user:anne'))
    assert.ok(!result.ok || result.value, 'no answer or the correct one, never a false no')
  },
  async 'a wildcard matches only its own type'(open) {
    const relations = await openWith(
      open,
      groupModel,
      'document:d#viewer@user:*',
      'document:e#viewer@user:anne',
      'document:f#editor@user:anne',
    )
    await assertChecks(relations, true, 'document:d#viewer@user:anyone', 'document:d#viewer@user:*')
    await assertChecks(
      relations,
      false,
      'document:e#viewer@user:*',
      'document:d#viewer@group:g',
      'document:d#viewer@group:g#member',
      'document:d#both@user:anne',
    )
    await relations.write({ writes: [tuple('document:d#blocked@user:*')] })
    await assertChecks(relations, false, 'document:d#can_read@user:anyone', 'document:d#can_read@user:*')
  },
  async 'a tuple of a parent counts for its children'(open) {
    const relations = await openWith(
      open,
      groupModel,
      'document:c#parent@document:b',
      'document:b#parent@document:a',
      'document:a#editor@user:anne',
    )
    await assertChecks(relations, true, 'document:c#viewer@user:anne')
    await assertChecks(relations, false, 'document:c#editor@user:anne', 'document:a#viewer@user:bob')
  },
  async 'a parent that is its own parent terminates'(open) {
    const relations = await openWith(
      open,
      groupModel,
      'document:a#parent@document:a',
      'document:b#parent@document:a',
      'document:a#parent@document:b',
    )
    await assertChecks(relations, false, 'document:a#viewer@user:anne')
  },
  async 'invalid names are errors'(open) {
    const relations = await open(groupModel)
    await assertChecks(
      relations,
      'validation_error',
      'document:d#viewer@anne',
      'document:d#viewer@*',
      'document:d#viewer@user:a:b',
      'document:d#viewer@user:a#b#c',
      'document:d#viewer@user:a b',
      'document:d#viewer@user:',
      'document:d#viewer@:anne',
      'document:d#viewer@group:*#member',
      'document:d#viewer@group:g#nothing',
      'document:d#viewer@robot:r2',
      'document:*#viewer@user:anne',
      'document:a:b#viewer@user:anne',
      'document:#viewer@user:anne',
      'nothing:d#viewer@user:anne',
      'document:d#nothing@user:anne',
      `document:${'d'.repeat(300)}#viewer@user:anne`,
      `document:d#viewer@user:${'a'.repeat(600)}`,
    )
  },
  async 'tuples outside the model are not written'(open) {
    const relations = await open(groupModel)
    const invalid = [
      'group:g#member@group:g#member',
      'document:d#editor@user:*',
      'document:d#editor@group:g#member',
      'document:d#parent@document:*',
      'document:d#parent@document:e#viewer',
    ]
    for (const text of [...invalid, 'document:d#can_read@user:anne', 'document:d#nothing@user:anne', 'document:d#viewer@user:a b']) {
      const result = await relations.write({ writes: [tuple(text)] })
      assert.equal(result.ok ? 'written' : result.error.code, 'validation_error', text)
      await assertChecks(relations, false, 'document:d#viewer@user:anne')
    }
  },
  async 'a write is atomic'(open) {
    const relations = await openWith(open, groupModel, 'document:d#viewer@user:anne')
    const newTuple = tuple('document:d#viewer@user:bob')
    for (const writes of [[newTuple, tuple('document:d#viewer@user:anne')]]) {
      const result = await relations.write({ writes })
      assert.equal(!result.ok && result.error.code, 'write_failed_due_to_invalid_input')
    }
    const deleted = await relations.write({ writes: [newTuple], deletes: [tuple('document:d#viewer@user:nobody')] })
    assert.equal(!deleted.ok && deleted.error.code, 'write_failed_due_to_invalid_input')
    const twice = await relations.write({ writes: [newTuple], deletes: [newTuple] })
    assert.equal(!twice.ok && twice.error.code, 'cannot_allow_duplicate_tuples_in_one_request')
    await assertChecks(relations, false, 'document:d#viewer@user:bob')
  },
  async 'contextual tuples affect only their own check, and must be valid'(open) {
    const relations = await open(groupModel)
    const question = tuple('document:d#viewer@user:anne')
    const contextualTuples = [tuple('group:g#member@user:anne'), tuple('document:d#viewer@group:g#member')]
    assert.deepEqual(await relations.check({ ...question, contextualTuples }), { ok: true, value: true })
    await assertChecks(relations, false, 'document:d#viewer@user:anne')
    const wrong = await relations.check({ ...question, contextualTuples: [tuple('document:d#editor@user:*')] })
    assert.equal(!wrong.ok && wrong.error.code, 'invalid_tuple')
  },
}

export const contract: readonly Scenario[] = Object.entries(scenarios).map(([name, run]) => ({ name, run }))
