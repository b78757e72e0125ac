/** Any value can be a member or a key, and no value is confused with another. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatJson, parseJson } from '../../../shared/rego/json.ts'
import { parseNumber } from '../../../shared/rego/number.ts'
import { compare, Dict, equal, isObj, keyOf, lookUp, RegoSet, type RegoValue, toJson } from '../../../shared/rego/value.ts'

const { value } = fc.letrec<{ value: RegoValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<RegoValue>(
      null,
      true,
      false,
      0,
      1,
      -1,
      0.5,
      '',
      'a',
      '\0',
      '\0"a"',
      '\0[1]',
      '[1]',
      '__proto__',
      'ÿ',
      '￿',
      '😀',
      '\ud83d',
    ),
    fc.constantFrom('9007199254740993', '1e30', '0.33333333333333333334').map((text) => parseNumber(text) as RegoValue),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => new RegoSet(members)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((pairs) => {
      const created = new Dict()
      for (const [key, member] of pairs) created.set(key, member)
      return created
    }),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('value')), { maxLength: 3 })
      .map((pairs) => Object.fromEntries(pairs) as RegoValue),
  ),
}))

describe('Values', () => {
  it('are equal exactly when they compare as equal and share a key', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const same = equal(a, b)
        assert.equal(compare(a, b) === 0, same)
        assert.equal(keyOf(a) === keyOf(b), same)
        assert.equal(Math.sign(compare(a, b)), -Math.sign(compare(b, a)) + 0)
      }),
      { numRuns: 3_000 },
    )
  })

  it('have a total order', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const [low, middle, high] = [a, b, c].sort(compare) as [RegoValue, RegoValue, RegoValue]
        assert.ok(compare(low, middle) <= 0 && compare(middle, high) <= 0 && compare(low, high) <= 0)
      }),
    )
  })

  it('are found under their own key only', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const dict = new Dict()
        dict.set(a, 'here')
        assert.equal(lookUp(dict, a), 'here')
        assert.equal(lookUp(dict, b), equal(a, b) ? 'here' : undefined)
        assert.deepEqual(
          [...dict].map(([key]) => equal(key, a)),
          [true],
        )
        assert.equal(new RegoSet([a]).has(b), equal(a, b))
      }),
      { numRuns: 3_000 },
    )
  })

  it('are not confused with their encoded text', () => {
    for (const composite of [[1], new RegoSet(['a']), new Dict(), parseNumber('1e30')] as RegoValue[]) {
      const set = new RegoSet([composite])
      assert.equal(set.has(String(keyOf(composite))), false)
      set.add(String(keyOf(composite)))
      assert.equal(set.size, 2)
    }
  })

  it('sort strings by code point, as UTF-8 would', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }), (a, b) => {
        const bytes = [a, b].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array]
        const position = bytes[0].findIndex((byte, index) => byte !== bytes[1][index])
        const expected = position < 0 ? bytes[0].length - bytes[1].length : (bytes[0][position] as number) - (bytes[1][position] ?? -1)
        assert.equal(Math.sign(compare(a, b)), Math.sign(expected))
      }),
    )
  })
})

describe('JSON', () => {
  it('is parsed as by JSON.parse, with every digit', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parsed = parseJson(text)
        assert.ok(parsed !== undefined)
        assert.deepEqual(
          toJson(parsed),
          JSON.parse(text, (_, member) => (Object.is(member, -0) ? 0 : member)),
        )
      }),
    )
    assert.equal(
      formatJson(parseJson('{"b":12345678901234567890,"a":"<&>"}') as RegoValue),
      '{"a":"\\u003c\\u0026\\u003e","b":12345678901234567890}',
    )
  })

  it('that is invalid is undefined, and depth does not overflow the stack', () => {
    for (const text of ['', '{', '[1,]', '{"a":1,}', "{'a':1}", '01', '1.', 'nul', '"\n"', '"\\x"', '[1] 2', 'NaN', '{"a" 1}', '[', '"'])
      assert.equal(parseJson(text), undefined, text)
    assert.equal(parseJson('['.repeat(100_000) + ']'.repeat(100_000)), undefined)
  })

  it('keeps keys that objects inherit', () => {
    const parsed = parseJson('{"__proto__":{"admin":true}}')
    assert.ok(isObj(parsed))
    assert.equal(lookUp(parsed, 'admin'), undefined)
    const plain = toJson(parsed as RegoValue) as object
    assert.deepEqual(Object.keys(plain), ['__proto__'])
    assert.equal(Object.getPrototypeOf(plain), Object.prototype)
  })
})
