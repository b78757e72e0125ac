/** Which models are accepted, and the errors of the others. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseDsl } from '../../../scripts/relations/dsl.ts'
import { modelFromDsl, platformDsl } from '../../../scripts/relations/model.ts'
import { AuthorizationModel } from '../../../shared/relations/model.ts'
import { idOf, nameOf } from '../../../shared/relations/name.ts'
import { platformModel } from '../../../shared/relations/platform-model.ts'
import { isObject, isOneObject, isUserset } from '../../../shared/relations/tuple.ts'

const dsl = (...lines: string[]): string => ['model', '  schema 1.1', 'type user', ...lines].join('\n')
const document = (...relations: string[]): string =>
  dsl('type document', '  relations', ...relations.map((relation) => `    define ${relation}`))

function refusal(source: string): string {
  const model = modelFromDsl(source)
  assert.ok(!model.ok, `accepted: ${source}`)
  const { line, column, detail } = model.error
  return line === undefined ? detail : `${line}:${column} ${detail}`
}

describe('The language', () => {
  it('becomes the JSON of the API', () => {
    const source = dsl(
      '# a comment',
      'type folder # another',
      '',
      'type document',
      '  relations',
      '    define parent: [folder]',
      '    define viewer: [user, user:*, document#viewer] or (editor but not blocked) or owner from parent',
      '    define editor: ([user] and blocked)',
      '    define blocked: [',
      '      user,',
      '      user:*',
      '    ]',
    )
    const parsed = parseDsl(source)
    assert.deepEqual(parsed.ok && parsed.value.type_definitions[2], {
      type: 'document',
      relations: {
        parent: { this: {} },
        viewer: {
          union: {
            child: [
              { this: {} },
              { difference: { base: { computedUserset: { relation: 'editor' } }, subtract: { computedUserset: { relation: 'blocked' } } } },
              { tupleToUserset: { computedUserset: { relation: 'owner' }, tupleset: { relation: 'parent' } } },
            ],
          },
        },
        editor: { intersection: { child: [{ this: {} }, { computedUserset: { relation: 'blocked' } }] } },
        blocked: { this: {} },
      },
      metadata: {
        relations: {
          parent: { directly_related_user_types: [{ type: 'folder' }] },
          viewer: {
            directly_related_user_types: [{ type: 'user' }, { type: 'user', wildcard: {} }, { type: 'document', relation: 'viewer' }],
          },
          editor: { directly_related_user_types: [{ type: 'user' }] },
          blocked: { directly_related_user_types: [{ type: 'user' }, { type: 'user', wildcard: {} }] },
        },
      },
    })
  })

  it('reports the position of a mistake and what was expected', () => {
    assert.equal(refusal('type user'), "1:1 expected 'model', found 'type'")
    assert.equal(refusal('model\n  schema one'), "2:10 expected a schema version, such as 1.1, found 'one'")
    assert.equal(refusal(document('viewer [user]')), "6:19 expected ':', found '['")
    assert.equal(refusal(document('viewer: [user')), "6:25 expected ']', found the end")
    assert.equal(refusal(document('viewer: [user] or')), "6:29 expected a relation or '(', found the end")
    assert.equal(refusal(document('a: [user]', 'b: [user] or a and a')), "7:27 use parentheses to mix 'or' and 'and'")
    assert.equal(refusal(document('a: [user]', 'b: a or [user]')), '7:20 direct types must come first in a relation')
    assert.equal(refusal(document('a: [user]', 'a: [user]')), "7:12 'a' is already defined in 'document'")
    assert.equal(refusal(dsl('type user')), "4:6 type 'user' is already defined")
    assert.equal(refusal(dsl('type document', '  relations')), "5:12 expected 'define' on a separate line, found the end")
    assert.equal(refusal(dsl('type a?')), '4:7 unexpected "?"')
    assert.equal(refusal('module x'), '1:1 modules must be combined into one model first')
    assert.equal(refusal(dsl('extend type user')), '4:1 modules must be combined into one model first')
  })

  it('is bounded', () => {
    assert.match(refusal(document(`a: ${'('.repeat(1_000)}[user]`)), /nested 64 deep/)
    assert.match(refusal('x'.repeat(300_000)), /at most 262144 characters/)
    const deep = Array.from({ length: 200 }).reduce<object>((inner) => ({ union: { child: [inner] } }), { this: {} })
    const json = { schema_version: '1.1', type_definitions: [{ type: 'a', relations: { b: deep } }] }
    assert.deepEqual(AuthorizationModel.fromJson(json), { ok: false, error: { detail: "'a#b': operators may be nested 64 deep" } })
    assert.match(refusal(dsl(...Array.from({ length: 100 }, (_, index) => `type t${index}`))), /at most 100 types/)
  })
})

describe('A model', () => {
  it('is refused by the rules of OpenFGA', () => {
    const rules: [string, string][] = [
      ['model\n  schema 1.0\ntype user', "schema version '1.0' is not supported; use 1.1 or 1.2"],
      [dsl('type self'), "'self' is a reserved word and cannot be the name of a type"],
      [document('this: [user]'), "'this' is a reserved word and cannot be the name of a relation"],
      [document('a: [robot]'), "'robot' in 'document#a': there is no such type"],
      [document('a: [user#friend]'), "'user#friend' in 'document#a': there is no such relation"],
      [document('a: b'), "'document#a': 'document#b' is not defined"],
      [document('a: a'), "'document#a' is defined by itself"],
      [document('a: b', 'b: a'), "no user can ever have 'document#a': it has no entry point"],
      [document('a: [user] or b', 'b: [user] or c', 'c: [user] or a'), "'document#a' is defined by itself"],
      [document('a: [document#a]'), "no user can ever have 'document#a': it has no entry point"],
      [document('a: b from c', 'c: [user]'), "'document#a': no type of 'document#c' has a relation 'b'"],
      [
        document('a: [user] or a from c', 'c: [user, document#a]'),
        "'document#a' in 'document#c': a relation used with 'from' takes single objects only",
      ],
      [
        document('a: [user] or a from c', 'c: [document:*]'),
        "'document:*' in 'document#c': a relation used with 'from' takes single objects only",
      ],
      [
        document('a: [user] or a from c', 'c: [document] or d', 'd: [document]'),
        "'document#a': 'document#c' is used with 'from' and must be a direct relation",
      ],
      [document('a: [user with x]'), "'user' in 'document#a': condition 'x' is not defined"],
    ]
    for (const [source, detail] of rules) assert.equal(refusal(source), detail)
  })

  it('is refused when its JSON is invalid', () => {
    const model = (relations: unknown, metadata?: unknown) => ({
      schema_version: '1.1',
      type_definitions: [{ type: 'user' }, { type: 'd', relations, metadata }],
    })
    const invalid: [unknown, string][] = [
      [null, 'model: expected an object'],
      [[], 'model: expected an object'],
      [{ schema_version: 1.1 }, 'model: schemaVersion must be a string'],
      [{ schema_version: '1.1', type_definitions: {} }, 'model: typeDefinitions must be a list'],
      [{ schema_version: '1.1', type_definitions: [{ type: 'a' }, { type: 'a' }] }, "type 'a' is defined twice"],
      [{ schema_version: '1.1', type_definitions: [{}] }, 'a type has no name'],
      [model({ v: {} }), "'d#v': expected one of this, computedUserset, tupleToUserset, union, intersection, difference"],
      [
        model({ v: { this: {}, union: { child: [] } } }),
        "'d#v': expected one of this, computedUserset, tupleToUserset, union, intersection, difference",
      ],
      [
        model({ v: { union: { child: [{ this: {} }] } } }, { relations: { v: { directly_related_user_types: [{ type: 'user' }] } } }),
        "'d#v': union needs two operands or more",
      ],
      [model({ v: { this: {} } }), "'d#v' is assigned directly and must say which types"],
      [model({ v: { difference: { base: { this: {} } } } }), "'d#v': expected an object"],
    ]
    for (const [json, detail] of invalid) assert.deepEqual(AuthorizationModel.fromJson(json), { ok: false, error: { detail } })
  })

  it('reads protobuf names as well as JSON names', () => {
    const relations = { v: { this: {} }, w: { computed_userset: { relation: 'v' } }, x: { computedUserset: { relation: 'w' } } }
    const metadata = { relations: { v: { directlyRelatedUserTypes: [{ type: 'user', relation: '', condition: '' }] } } }
    const model = AuthorizationModel.fromJson({
      schemaVersion: '1.1',
      typeDefinitions: [{ type: 'user' }, { type: 'd', relations, metadata }],
    })
    assert.ok(model.ok, JSON.stringify(model))
    assert.ok(model.value.reachable('user').has('d#x'))
  })

  it('is unchanged after a round trip through JSON', () => {
    const second = AuthorizationModel.fromJson(JSON.parse(JSON.stringify(platformModel.json)))
    assert.deepEqual(second.ok && [...second.value.types], ['user', 'group', 'tenant', 'session', 'memory_namespace'])
    assert.ok(!platformDsl.includes(':*'), 'nothing of ours is public')
  })
})

describe('A name', () => {
  it('is unique for any id', () => {
    const ids = [
      'anne',
      'auth0|anne',
      'a:b',
      '*',
      '#member',
      'g#member',
      'user:*',
      'ü',
      'a b',
      'a%3Ab',
      '%',
      '\u0000',
      '__proto__',
      'a@b.c',
      '../x',
      '👩‍🚀',
    ]
    const names = ids.map((id) => nameOf('user', id) ?? assert.fail(id))
    assert.equal(new Set(names).size, ids.length)
    for (const name of names) {
      assert.ok(isObject(name) && isOneObject(name) && !isUserset(name), name)
      assert.ok(name.startsWith('user:'))
    }
    assert.deepEqual(
      names.map((name) => idOf('user', name)),
      ids,
    )
    for (const name of ['user:%', 'user:a@b', 'group:a', 'user:', 'user:*', 'user:%61', 'group:eng#member'])
      assert.equal(idOf('user', name), null, name)
    assert.equal(nameOf('user', 'g#member'), 'user:g%23member')
    assert.equal(nameOf('group', 'a:b'), 'group:a%3Ab')
  })

  it('does not exist for an invalid id', () => {
    for (const id of ['', '\ud800', 'a'.repeat(600)]) assert.equal(nameOf('user', id), null)
    assert.equal(nameOf('session', 'a'.repeat(300)), null)
  })
})
