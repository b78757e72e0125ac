/** Cases of Check beyond OpenFGA's own tests: bounds, hostile shapes, and independence of order. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { modelFromDsl } from '../../../scripts/relations/model.ts'
import { check, checkRelation, checkRelations } from '../../../shared/relations/check.ts'
import { platformChecks } from '../../../shared/relations/limits.ts'
import type { AuthorizationModel } from '../../../shared/relations/model.ts'
import { platformModel } from '../../../shared/relations/platform-model.ts'
import { InMemoryTupleStore, type TupleStore } from '../../../shared/relations/store.ts'
import type { Tuple } from '../../../shared/relations/tuple.ts'
import { tuple } from '../../peers/openfga/contract.ts'

function parseModel(...lines: string[]): AuthorizationModel {
  const model = modelFromDsl(['model', '  schema 1.1', 'type user', ...lines].join('\n'))
  assert.ok(model.ok, JSON.stringify(model))
  return model.value
}

const groups = parseModel(
  'type group',
  '  relations',
  '    define member: [user, user:*, group#member]',
  'type document',
  '  relations',
  '    define parent: [document]',
  '    define blocked: [user, group#member, document#viewer]',
  '    define reader: [user, group#member]',
  '    define viewer: reader but not blocked',
  '    define all: reader and viewer and blocked',
  '    define any: viewer or any from parent',
)

const store = (...tuples: string[]) => new InMemoryTupleStore(tuples.map(tuple))

/** Counts reads of the underlying store. */
function countReads(inner: TupleStore): TupleStore & { reads: number } {
  const counting = {
    reads: 0,
    find(object: string, relation: string, user: string) {
      counting.reads += 1
      return inner.find(object, relation, user)
    },
    *tuples(object: string, relation: string) {
      for (const tuple of inner.tuples(object, relation)) {
        counting.reads += 1
        yield tuple
      }
    },
    *usersets(object: string, relation: string) {
      for (const tuple of inner.usersets(object, relation)) {
        counting.reads += 1
        yield tuple
      }
    },
  }
  return counting
}

const complex = 'authorization_model_resolution_too_complex'

describe('Check', () => {
  it('denies in cycles of groups, also when they are subtracted', () => {
    const cycle = [
      'document:d#reader@user:anne',
      'document:d#blocked@group:a#member',
      'group:a#member@group:b#member',
      'group:b#member@group:a#member',
    ]
    assert.equal(checkRelation(groups, store(...cycle), tuple('document:d#viewer@user:anne')), 'cycle')
    assert.deepEqual(check(groups, store(...cycle), tuple('document:d#viewer@user:anne')), { ok: true, value: false })
    assert.equal(checkRelation(groups, store(...cycle.slice(0, 3)), tuple('document:d#viewer@user:anne')), 'yes')
    // A plain no stays a plain no next to a cycle.
    assert.equal(checkRelation(groups, store(...cycle.slice(1)), tuple('document:d#viewer@user:anne')), 'no')
    assert.equal(checkRelation(groups, store(...cycle.slice(1)), tuple('document:d#all@user:anne')), 'no')
  })

  it('H3: answers several relations with one search, within one limit', () => {
    const relations = ['can_read', 'can_send', 'can_share']
    const question = tuple('session:s#can_read@user:bob')
    const manyGroups = Array.from({ length: 6_000 }, (_, n) => [`session:s#viewer@group:g${n}#member`, `group:g${n}#member@user:x`]).flat()
    const hostile = countReads(store(...manyGroups))
    const outcomes = checkRelations(platformModel, hostile, question, relations, platformChecks)
    assert.ok(outcomes.every((outcome) => outcome !== 'yes'))
    assert.ok(hostile.reads < 4 * platformChecks.steps, `${hostile.reads} reads`)

    const shared = store(...manyGroups.slice(0, 80), 'session:s#member@user:bob')
    assert.deepEqual(checkRelations(platformModel, shared, question, relations, platformChecks), ['yes', 'yes', 'no'])
    const [together, separate] = [countReads(shared), countReads(shared)]
    checkRelations(platformModel, together, question, relations)
    for (const relation of relations) checkRelation(platformModel, separate, { ...question, relation })
    assert.ok(together.reads < separate.reads)
  })

  it('has no answer beyond its depth limit, and still finds nearer ones', () => {
    const chain = Array.from({ length: 30 }, (_, index) => `group:${index}#member@group:${index + 1}#member`)
    const deep = store(...chain, 'group:30#member@user:anne', 'group:24#member@user:bob')
    const outcome = check(groups, deep, tuple('group:0#member@user:anne'))
    assert.equal(!outcome.ok && outcome.error.code, complex)
    assert.deepEqual(check(groups, deep, tuple('group:0#member@user:bob')), { ok: true, value: true })
    assert.deepEqual(check(groups, deep, tuple('group:6#member@user:anne')), { ok: true, value: true })
    assert.equal(check(groups, deep, tuple('group:5#member@user:anne')).ok, false)
  })

  it('never treats an exceeded limit as a no, even when it is subtracted', () => {
    const chain = Array.from({ length: 40 }, (_, index) => `group:${index}#member@group:${index + 1}#member`)
    const deep = store(...chain, 'document:d#reader@user:anne', 'document:d#blocked@group:0#member', 'group:40#member@user:anne')
    assert.equal(check(groups, deep, tuple('document:d#viewer@user:anne')).ok, false)
  })

  it('respects its read limit: a million groups, or groups that contain each other', () => {
    const names = Array.from({ length: 40 }, (_, index) => `group:${index}`)
    const dense = countReads(store(...names.flatMap((first) => names.map((other) => `${first}#member@${other}#member`))))
    const outcome = check(groups, dense, tuple('group:0#member@user:anne'))
    assert.equal(!outcome.ok && outcome.error.code, complex)
    assert.ok(dense.reads < 50_000, `${dense.reads} reads`)
    const endless: TupleStore = {
      find: () => undefined,
      tuples: () => [],
      *usersets(object, relation): Generator<Tuple> {
        for (let index = 0; object === 'group:0'; index += 1) yield { object, relation, user: `group:x${index}#member` }
      },
    }
    assert.equal(check(groups, endless, tuple('group:0#member@user:anne')).ok, false)
  })

  it('reads only tuples that can change the answer', () => {
    const counting = countReads(store('document:d#parent@document:e', 'document:e#reader@user:anne'))
    assert.deepEqual(check(groups, counting, tuple('document:d#any@document:x')), { ok: true, value: false })
    assert.deepEqual(check(groups, counting, tuple('document:d#parent@user:anne')), { ok: true, value: false })
    assert.equal(counting.reads, 0)
  })

  it('does not depend on the order of tuples', () => {
    const ids = ['a', 'b', 'c']
    const text = fc.oneof(
      fc
        .tuple(fc.constantFrom(...ids), fc.constantFrom('user:anne', 'user:*', ...ids.map((id) => `group:${id}#member`)))
        .map(([id, user]) => `group:${id}#member@${user}`),
      fc
        .tuple(
          fc.constantFrom(...ids),
          fc.constantFrom('reader', 'blocked'),
          fc.constantFrom('user:anne', ...ids.map((id) => `group:${id}#member`)),
        )
        .map(([id, relation, user]) => `document:${id}#${relation}@${user}`),
      fc
        .tuple(fc.constantFrom(...ids), fc.constantFrom(...ids))
        .map(([first, other]) => `document:${first}#blocked@document:${other}#viewer`),
      fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)).map(([child, parent]) => `document:${child}#parent@document:${parent}`),
    )
    const question = fc.constantFrom(
      ...ids.flatMap((id) => ['viewer', 'all', 'any', 'blocked'].map((relation) => `document:${id}#${relation}@user:anne`)),
    )
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 20 }), question, (tuples, keys, query) => {
        const shuffled = tuples.map((text, index) => ({ text, key: keys[index] ?? 0 })).sort((left, right) => left.key - right.key)
        const [first, second] = [tuples, shuffled.map(({ text }) => text)].map((order) =>
          checkRelation(groups, store(...order), tuple(query)),
        )
        assert.deepEqual(first, second)
      }),
      { numRuns: 500 },
    )
  })

  it('validates stored tuples with the current model', () => {
    const old = store(
      'document:d#reader@robot:r',
      'document:d#reader@user:*',
      'document:d#reader@user:anne#friend',
      'document:d#parent@user:anne',
      'document:d#viewer@user:anne',
    )
    for (const relation of ['reader', 'viewer', 'any']) {
      assert.deepEqual(check(groups, old, tuple(`document:d#${relation}@user:anne`)), { ok: true, value: false })
    }
  })

  it('accepts at most a hundred contextual tuples', () => {
    const contextualTuples = Array.from({ length: 101 }, (_, index) => tuple(`group:${index}#member@user:anne`))
    const question = tuple('group:0#member@user:anne')
    assert.equal(check(groups, store(), { ...question, contextualTuples }).ok, false)
    assert.deepEqual(check(groups, store(), { ...question, contextualTuples: contextualTuples.slice(1) }), { ok: true, value: false })
    assert.deepEqual(check(groups, store(), { ...question, contextualTuples: contextualTuples.slice(0, 1) }), { ok: true, value: true })
  })
})
