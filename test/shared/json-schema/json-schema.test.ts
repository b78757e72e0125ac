import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answerProblem, ResponseFormat } from '../../../shared/json-schema/response-format.ts'
import { type JsonSchema, schemaLimits, schemaProblem } from '../../../shared/json-schema/schema.ts'
import { valueProblem } from '../../../shared/json-schema/validate.ts'

const nested = (levels: number): JsonSchema => (levels === 0 ? {} : { properties: { a: nested(levels - 1) } })
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])

describe('A JSON Schema', () => {
  for (const [name, schema, path] of [
    ['an unknown type', { type: 'text' }, '/type'],
    ['an empty list of types', { type: [] }, '/type'],
    ['an unknown keyword', { properties: { a: { dependentRequired: {} } } }, '/properties/a/dependentRequired'],
    ['a name of Object', { toString: 1 }, '/toString'],
    ['a schema that is a text', { items: 'string' }, '/items'],
    ['an empty choice', { anyOf: [] }, '/anyOf'],
    ['a wrong schema in a choice', { anyOf: [{}, { minLength: -1 }] }, '/anyOf/1/minLength'],
    ['a reference to nothing', { $ref: '#/$defs/a' }, '/$ref'],
    ['a reference to elsewhere', { $ref: 'https://example.com/schema' }, '/$ref'],
    ['a pattern that needs backtracking', { pattern: '(a)\\1' }, '/pattern'],
    ['properties in a list', { properties: [{}] }, '/properties'],
    ['too many levels', nested(schemaLimits.depth + 1), `${'/properties/a'.repeat(schemaLimits.depth + 1)}`],
    ['too many values', { enum: Array.from({ length: schemaLimits.schemas }, (_, index) => index) }, ''],
    ['too much text', { description: 'x'.repeat(schemaLimits.units) }, ''],
    ['a value of ten thousand levels', { const: JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) }, ''],
  ] as const)
    it(`is refused with its position for ${name}`, () => {
      const problem = schemaProblem(schema)
      assert.equal(problem?.path.map((step) => `/${step}`).join(''), path)
      assert.match(problem?.detail ?? '', /^(must|is not)/)
    })

  it('may use every keyword that is checked', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'T',
      type: ['object', 'null'],
      properties: { a: { $ref: '#/$defs/a' }, b: true },
      required: ['a'],
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 2,
      allOf: [{}],
      oneOf: [{ const: 1 }, { not: { enum: [2] } }],
      $defs: {
        a: { prefixItems: [{ type: 'number', multipleOf: 0.1, exclusiveMinimum: 0 }], items: { pattern: '^\\d+$' }, uniqueItems: true },
      },
    }
    assert.equal(schemaProblem(schema), undefined)
    assert.equal(valueProblem(schema, { a: [0.3, '1', '2'], b: {} }), undefined)
  })
})

describe('A value', () => {
  for (const [schema, value, path] of [
    [{ type: 'integer' }, 1.5, ''],
    [{ type: 'integer' }, '1', ''],
    [{ type: 'object' }, [], ''],
    [{ type: 'object' }, null, ''],
    [{ enum: [1, { a: [2] }] }, { a: [3] }, ''],
    [{ const: null }, 0, ''],
    [{ required: ['a/b'] }, {}, '/a~1b'],
    [{ required: ['toString'] }, {}, '/toString'],
    [{ properties: { a: { items: { type: 'string' } } } }, { a: ['x', 1] }, '/a/1'],
    [{ properties: {}, additionalProperties: false }, { constructor: 1 }, '/constructor'],
    [{ additionalProperties: { type: 'number' } }, { a: 1, b: 'x' }, '/b'],
    [{ prefixItems: [{ type: 'string' }], items: false }, ['a', 1], '/1'],
    [{ minLength: 2 }, '😀', ''],
    [{ maxLength: 1 }, 'ab', ''],
    [{ pattern: '^a+$' }, 'b', ''],
    [{ minimum: 3 }, 2, ''],
    [{ exclusiveMaximum: 3 }, 3, ''],
    [{ multipleOf: 0.01 }, 1.005, ''],
    [{ minItems: 1 }, [], ''],
    [{ uniqueItems: true }, [{ a: 1, b: 2 }, 1, { b: 2, a: 1 }], '/2'],
    [{ minProperties: 1 }, {}, ''],
    [{ allOf: [{ type: 'number' }, { minimum: 1 }] }, 0, ''],
    [{ anyOf: [{ type: 'string' }, { type: 'object', properties: { kind: { const: 'b' } } }] }, { kind: 'a' }, '/kind'],
    [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, 1, ''],
    [{ not: { type: 'string' } }, 'x', ''],
    [{ $ref: '#/$defs/n', $defs: { n: { type: 'number' } } }, 'x', ''],
  ] as const)
    it(`is refused by ${JSON.stringify(schema)}, with the place: ${JSON.stringify(value)}`, () => {
      assert.equal(schemaProblem(schema), undefined)
      assert.equal(valueProblem(schema as JsonSchema, value)?.path, path)
    })

  for (const [schema, value] of [
    [{ type: 'integer' }, 1],
    [{ maxLength: 1 }, '😀'],
    [{ multipleOf: 0.01 }, 1.05],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, null],
    [{ oneOf: [{ type: 'string' }, { type: 'null' }] }, null],
    [
      { type: 'object', properties: { next: { $ref: '#' } }, required: ['v'] },
      { v: 1, next: { v: 2 } },
    ],
    [{ pattern: 'b' }, 7],
  ] as const)
    it(`follows ${JSON.stringify(schema)}: ${JSON.stringify(value)}`, () => {
      assert.equal(valueProblem(schema as JsonSchema, value), undefined)
    })

  it('is checked in bounded time by a schema that doubles its work at each level', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 60 }, (_, level) => [
        `l${level}`,
        { allOf: Array(4).fill(level === 59 ? {} : { $ref: `#/$defs/l${level + 1}` }) },
      ]),
    )
    const schema = { $ref: '#/$defs/l0', $defs }
    assert.equal(schemaProblem(schema), undefined)
    assert.match(valueProblem(schema, 1)?.detail ?? '', /too large to be checked/)
  })

  it('is checked in bounded depth by a schema that leads into itself', () => {
    assert.match(valueProblem({ $ref: '#' }, 1)?.detail ?? '', /too deeply/)
    const schema = { items: { $ref: '#' }, uniqueItems: true }
    assert.match(valueProblem(schema, deep(5_000))?.detail ?? '', /too deeply/)
  })

  it('is checked in linear time by a pattern that backtracks elsewhere', () => {
    const problem = valueProblem({ pattern: '^(a+)+$' }, `${'a'.repeat(20_000)}!`)
    assert.match(problem?.detail ?? '', /pattern|too large/)
  })
})

describe('The form of an answer', () => {
  const format = ResponseFormat.parse({ type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object', required: ['a'] } } })

  it('names the place of what is wrong', () => {
    assert.equal(answerProblem(format, '{"a":1}'), undefined)
    assert.equal(answerProblem(format, '{}'), '`/a` is missing')
    assert.equal(answerProblem(format, '[]'), 'the answer must be of the type object')
    assert.equal(answerProblem(format, '```json\n{"a":1}\n```'), 'the answer is not JSON')
  })

  it('is refused with the position in its schema', () => {
    const { error } = ResponseFormat.safeParse({ ...format, json_schema: { name: 'n', schema: { properties: { a: { type: 'x' } } } } })
    assert.deepEqual(error?.issues[0]?.path, ['json_schema', 'schema', 'properties', 'a', 'type'])
  })
})
