/** Conditions. `test/peers/openfga` compares each expression's result with a real OpenFGA server. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { modelFromDsl } from '../../../scripts/relations/model.ts'
import { Condition } from '../../../shared/relations/condition.ts'
import type { AuthorizationModel } from '../../../shared/relations/model.ts'
import type { Parameter } from '../../../shared/relations/model-json.ts'
import { localRelations } from '../../../shared/relations/relations.ts'
import { InMemoryTupleStore } from '../../../shared/relations/store.ts'
import { expressionDsl, expressions } from '../../peers/openfga/conditions.ts'
import { tuple } from '../../peers/openfga/contract.ts'

const parseModel = (dsl: string): AuthorizationModel => {
  const model = modelFromDsl(dsl)
  assert.ok(model.ok, JSON.stringify(model))
  return model.value
}

const simple = (type: string): Parameter => ({ type, element: null })

function compile(expression: string, parameters: Record<string, Parameter>): Condition {
  const condition = Condition.compile('test', expression, new Map(Object.entries(parameters)))
  assert.ok(condition.ok, JSON.stringify(condition))
  return condition.value
}

describe('An expression', () => {
  for (const outcome of ['true', 'false', 'validation_error', 'refused']) {
    const cases = expressions.filter(({ expected }) => expected === outcome)
    it(`evaluates to ${outcome}: ${cases.length} expressions`, () => {
      for (const { expression, context } of cases) {
        const model = modelFromDsl(expressionDsl(expression))
        const holds = model.ok ? model.value.conditions.get('cc')?.holds(context, {}) : undefined
        const actual = !model.ok ? 'refused' : holds?.ok ? String(holds.value) : 'validation_error'
        assert.equal(actual, outcome, expression)
      }
    })
  }

  it('is bounded: in length, in depth, and in steps', () => {
    const isRefused = (expression: string) =>
      !Condition.compile('test', expression, new Map([['l', { type: 'list', element: simple('int') }]])).ok
    for (const expression of [
      `${'('.repeat(500)}true${')'.repeat(500)}`,
      `${'!'.repeat(500)}true`,
      `${'true && '.repeat(500)}true`,
      `"${'a'.repeat(5_000)}" == ""`,
      `l${'[0]'.repeat(500)} == 1`,
    ]) {
      assert.ok(isRefused(expression), expression.slice(0, 30))
    }
    const nested = compile('l.all(a, l.all(b, l.all(c, a + b + c > 0)))', { l: { type: 'list', element: simple('int') } })
    const result = nested.holds({ l: Array.from({ length: 200 }, () => 1) }, {})
    assert.deepEqual(result, { ok: false, error: { detail: 'the expression takes too many steps' } })
    assert.deepEqual(nested.holds({ l: [1, 2] }, {}), { ok: true, value: true })
    // Each step nests the previous list twice. 27 steps make a tree of 2^27 leaves. A comparison would visit each of them.
    const tree = `[1]${'.map(a, [a, a])'.repeat(27)}`
    for (const expression of [`${tree} == ${tree}`, `${tree} != ${tree}`, `${tree} in [${tree}]`]) {
      assert.deepEqual(compile(expression, {}).holds({}, {}), { ok: false, error: { detail: 'the expression takes too many steps' } })
    }
  })

  it('limits the work of a regular expression', () => {
    const condition = compile('s.matches(p)', { s: simple('string'), p: simple('string') })
    const slow = condition.holds({ s: 'a'.repeat(3_000), p: '(a|aa|a?a)*b' }, {})
    assert.deepEqual(slow, { ok: false, error: { detail: 'a regular expression takes too long' } })
    assert.deepEqual(condition.holds({ s: 'aab', p: '^(a|aa|a?a)*b$' }, {}), { ok: true, value: true })
  })

  it('never throws', () => {
    const word = fc.constantFrom(
      'a',
      'b',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '.',
      ',',
      '?',
      ':',
      '!',
      '-',
      '+',
      '&&',
      '||',
      '==',
      '<',
      'in',
      '1',
      '2u',
      '.5',
      '"x"',
      'all',
      'has',
      'size',
      'true',
      'null',
      '"',
      '\\',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 25 }), (words) => {
        const parameters = new Map([
          ['a', simple('any')],
          ['b', { type: 'list', element: simple('string') }],
        ])
        const condition = Condition.compile('test', words.join(' '), parameters)
        if (condition.ok) assert.equal(typeof condition.value.holds({ a: { x: [1] }, b: ['x'] }, {}).ok, 'boolean')
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('A context', () => {
  it('must fit the parameters', () => {
    const condition = compile('true', {
      i: simple('int'),
      u: simple('uint'),
      d: simple('double'),
      t: simple('timestamp'),
      l: { type: 'list', element: simple('int') },
      s: simple('string'),
    })
    const valid = [
      { i: 1 },
      { i: '1' },
      { i: '9223372036854775807' },
      { i: '1e3' },
      { u: 0 },
      { d: '1.5' },
      { d: 1 },
      { t: '2024-02-29T00:00:00Z' },
      { l: ['1', 2] },
      {},
    ]
    for (const context of valid) assert.equal(condition.contextProblem(context), null, JSON.stringify(context))
    const invalid = [
      { i: 1.5 },
      { i: 'x' },
      { i: true },
      { i: null },
      { i: '9223372036854775808' },
      { u: -1 },
      { d: '1e999' },
      { d: '' },
      { t: '2023-02-29T00:00:00Z' },
      { t: '2024-01-01' },
      { t: 0 },
      { l: 1 },
      { l: ['x'] },
      { s: 1 },
      { other: 1 },
      { s: 'x'.repeat(40_000) },
    ]
    for (const context of invalid) assert.notEqual(condition.contextProblem(context), null, JSON.stringify(context).slice(0, 60))
  })

  it('of the tuple overrides that of the question', () => {
    const condition = compile('x < 10', { x: simple('int') })
    assert.deepEqual(condition.holds({ x: 1 }, { x: 20 }), { ok: true, value: false })
    assert.deepEqual(condition.holds({ x: 20 }, { x: 1 }), { ok: true, value: true })
  })

  it('that lacks a value is not a no', () => {
    const condition = compile('x < 10 || y', { x: simple('int'), y: simple('bool') })
    assert.deepEqual(condition.holds({ x: 1 }, {}), { ok: false, error: { detail: "condition 'test' lacks y" } })
  })
})

describe('A tuple with a condition', () => {
  const model = parseModel(`model
  schema 1.1
type user
type document
  relations
    define viewer: [user, user with small]
    define blocked: [user with small]
    define reader: viewer but not blocked
    define strict: [user with small]
condition small(x: int) {
  x < 100
}`)
  const granted = { ...tuple('document:d#viewer@user:anne'), condition: { name: 'small' } }

  it('counts while the condition holds', async () => {
    const relations = localRelations(model, new InMemoryTupleStore([granted]))
    const question = tuple('document:d#viewer@user:anne')
    assert.deepEqual(await relations.check({ ...question, context: { x: 1 } }), { ok: true, value: true })
    assert.deepEqual(await relations.check({ ...question, context: { x: 100 } }), { ok: true, value: false })
    for (const context of [{}, { x: 'y' }, { y: 1 }]) {
      const result = await relations.check({ ...question, context })
      assert.equal(!result.ok && result.error.code, 'validation_error')
    }
  })

  it('that subtracts denies when its result is unknown', async () => {
    const relations = localRelations(
      model,
      new InMemoryTupleStore([tuple('document:d#viewer@user:anne'), { ...granted, relation: 'blocked' }]),
    )
    const reader = { ...tuple('document:d#reader@user:anne') }
    assert.equal((await relations.check(reader)).ok, false)
    assert.deepEqual(await relations.check({ ...reader, context: { x: 1 } }), { ok: true, value: false })
    assert.deepEqual(await relations.check({ ...reader, context: { x: 100 } }), { ok: true, value: true })
  })

  it('is accepted only as the model allows', async () => {
    const relations = localRelations(model, new InMemoryTupleStore())
    const strict = tuple('document:d#strict@user:anne')
    for (const condition of [
      undefined,
      { name: 'other' },
      { name: 'small', context: { y: 1 } },
      { name: 'small', context: { x: 'many' } },
      { name: '' },
    ]) {
      const result = await relations.write({ writes: [condition ? { ...strict, condition } : strict] })
      assert.equal(!result.ok && result.error.code, 'validation_error', JSON.stringify(condition))
    }
    assert.equal((await relations.write({ writes: [{ ...strict, condition: { name: 'small', context: { x: 5 } } }] })).ok, true)
    assert.deepEqual(await relations.check(strict), { ok: true, value: true })
  })
})
