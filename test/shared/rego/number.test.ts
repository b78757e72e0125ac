/** Numbers are decimals: exact as integers, rounded to a 64-bit mantissa as fractions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  add,
  Big,
  ceiling,
  compareNumbers,
  divide,
  floor,
  formatNumber,
  fromInteger,
  multiply,
  type Num,
  parseNumber,
  round,
  subtract,
} from '../../../shared/rego/number.ts'

const num = (text: string): Num => {
  const parsed = parseNumber(text)
  assert.notEqual(parsed, null, text)
  return parsed as Num
}
const integer = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n })

describe('Numbers', () => {
  it('keep every digit of an integer', () => {
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        assert.equal(formatNumber(num(String(a))), String(a))
        assert.equal(formatNumber(add(fromInteger(a), fromInteger(b))), String(a + b))
        assert.equal(formatNumber(subtract(fromInteger(a), fromInteger(b))), String(a - b))
        assert.equal(formatNumber(multiply(fromInteger(a), fromInteger(b))), String(a * b))
        assert.equal(Math.sign(compareNumbers(fromInteger(a), fromInteger(b))), a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })

  it('are JavaScript numbers where these are exact', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 }), (number) => {
        fc.pre(number === 0 || Math.abs(number) > 1e-200)
        assert.equal(num(String(number).replace('e+', 'e')), number === 0 ? 0 : number)
      }),
    )
    assert.ok(num('9007199254740993') instanceof Big)
    assert.ok(num('0.12345678901234567890') instanceof Big)
    assert.equal(num('1.0'), 1)
    assert.equal(num('100e-2'), 1)
  })

  it('calculate fractions as OPA does', () => {
    // Each right side is the answer of `opa eval` 1.22.0.
    const cases: [Num | null, string][] = [
      [add(0.1, 0.2), '0.3'],
      [divide(1, 3), '0.33333333333333333334'],
      [divide(2, 3), '0.6666666666666666667'],
      [multiply(1.1, 1.1), '1.21'],
      [divide(1, 10), '0.1'],
      [subtract(0.3, 0.1), '0.20000000000000000002'],
      [divide(5, 7), '0.7142857142857142857'],
      [divide(1e20, 3), '33333333333333333334'],
    ]
    for (const [actual, expected] of cases) assert.equal(actual === null ? null : formatNumber(actual), expected)
    assert.equal(divide(1, 0), null)
  })

  it('round half away from zero, up and down', () => {
    assert.deepEqual([1.5, 2.5, -1.5, 0.4, -0.4].map(round), [2, 3, -2, 0, 0])
    assert.deepEqual([1.1, -1.1, 2].map(ceiling), [2, -1, 2])
    assert.deepEqual([1.1, -1.1, 2].map(floor), [1, -2, 2])
  })

  it('are refused before they fill memory', () => {
    for (const text of ['1e999999999', '1e-999999999', `1${'0'.repeat(5_000)}`])
      assert.throws(() => parseNumber(text), { message: /places/ })
    for (const text of ['', '-', '1.', '.5', '1e', '0x1', '１', 'NaN', '1_000', ' 1']) assert.equal(parseNumber(text), null, text)
  })
})
