import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arithmetic, evaluateExpression, expressionIn } from '../../../../shared/model/builtin/arithmetic.ts'

const value = (expression: string): string => {
  const result = evaluateExpression(expression)
  return result.ok ? `${result.value.exact ? '' : '≈'}${result.value.text}` : result.error
}

describe('Arithmetic', () => {
  it.each([
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['10 - 4 - 3', '3'],
    ['2 ^ 3 ^ 2', '512'],
    ['-2 ^ 2', '-4'],
    ['2 ^ -1', '0.5'],
    ['--3', '3'],
    ['2 * -3', '-6'],
    ['8 / 4 / 2', '1'],
    ['0.1 + 0.2', '0.3'],
    ['1,234,567.5 + 0.5', '1234568'],
    ['.5 * 4', '2'],
    ['2^64', '18446744073709551616'],
    ['2^64 - 2^64 + 1', '1'],
    ['1 / 3', '≈0.333333333333'],
    ['2 / 3', '≈0.666666666667'],
    ['1 / 3 * 3', '1'],
    ['-1 / 3', '≈-0.333333333333'],
    ['10^20 / 3', '≈33333333333333333333'],
    ['17 % 5', '2'],
    ['-7 % 3', '2'],
    ['7.5 % 2', '1.5'],
    ['15%', '0.15'],
    ['15% of 240', '36'],
    ['200 + 10%', '220'],
    ['200 - 10%', '180'],
    ['50% + 10%', '0.6'],
    ['10% * 50', '5'],
    ['(2 + 3)%', '0.05'],
    ['9 ^ 0.5', '3'],
    ['27 ^ (1/3)', '3'],
    ['2 ^ 0.5', '≈1.41421356237'],
    ['0 ^ 0', '1'],
    ['(-1) ^ 1000001', '-1'],
    ['1e3 + 1', '1001'],
  ])('evaluates %s to %s', (expression, expected) => {
    expect(value(expression)).toBe(expected)
  })

  it.each([
    ['1 / 0', /divided by zero/],
    ['1 / (2 - 2)', /divided by zero/],
    ['5 % 0', /division by zero/],
    ['0 ^ -1', /divide by zero/],
    ['(-8) ^ 0.5', /negative number/],
    ['3,5 + 1', /comma as a thousands separator/],
    ['1,23 + 1', /comma as a thousands separator/],
    ['(1 + 2', /closing parenthesis/],
    ['1 + 2)', /did not expect “\)”/],
    ['1 +', /ends where a number should be/],
    ['1 2 + 3', /operator is missing/],
    ['* 2', /did not expect “\*”/],
    ['9^9^9', /more digits/],
    ['10^999 * 10^999', /more digits/],
  ])('explains why %s has no answer', (expression, words) => {
    expect(value(expression)).toMatch(words)
  })

  it('refuses an expression that is too deep or too long', () => {
    expect(value(`${'('.repeat(200)}1${')'.repeat(200)}`)).toMatch(/nested more than/)
    expect(value(`${'-'.repeat(500)}1`)).toMatch(/nested more than/)
    expect(value(`${'1+'.repeat(600)}1`)).toMatch(/up to 1000 characters/)
  })

  it('agrees with integer arithmetic at any nesting', () => {
    const { expression } = fc.letrec<{ expression: { text: string; value: bigint } }>((tie) => ({
      expression: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.bigInt({ min: 0n, max: 10n ** 12n }).map((number) => ({ text: String(number), value: number })),
        fc.tuple(tie('expression'), fc.constantFrom('+', '-', '*'), tie('expression')).map(([left, sign, right]) => ({
          text: `(${left.text} ${sign} ${right.text})`,
          value: sign === '+' ? left.value + right.value : sign === '-' ? left.value - right.value : left.value * right.value,
        })),
      ),
    }))
    fc.assert(
      fc.property(
        expression.filter(({ text }) => text.length < 900),
        (created) => value(created.text) === String(created.value),
      ),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.,+-*/^%() eofmdx') }), (text) => typeof arithmetic(text) !== 'symbol'),
    )
  })
})

describe('An arithmetic message', () => {
  it.each([
    ['what is 17 * 23?', '17 * 23'],
    ['What’s 12 times 12, please?', '12 * 12'],
    ['how much is 7 divided by 2 plus 1', '7 / 2 + 1'],
    ['3 x 4 =', '3 * 4'],
    ['2**10', '2^10'],
    ['5 squared + 2', '5^2 + 2'],
    ['15 percent of $80', '15% of 80'],
    ['6 ÷ 2 − 1', '6 / 2 - 1'],
    ['I have 3 boxes of eggs. What is 3 * 12?', '3 * 12'],
  ])('%s asks for %s', (message, expression) => {
    expect(expressionIn(message)).toBe(expression)
  })

  it.each([
    '42',
    'two apples',
    'I am 30 - 40 years old',
    'call 555-1234 now',
    'what is love?',
    'what is 3 elephants',
    'we are open 24/7',
    '???',
  ])('%s asks for none', (message) => {
    expect(expressionIn(message)).toBeUndefined()
  })

  it('shows the parsed expression, and groups a long number', () => {
    expect(arithmetic('1234 * 5678')).toBe('`1234 * 5678` = **7006652** (7,006,652)')
    expect(arithmetic('10/3')).toBe('`10/3` ≈ **3.33333333333**')
    expect(arithmetic('1/0')).toContain('I read: `1/0`')
  })

  it('is recognized quickly, even if it is hostile', () => {
    const startedAt = performance.now()
    for (const piece of ['what is ', '= ', '.', '1 ', '(', '1+', 'please ', 'x']) arithmetic(piece.repeat(32_000 / piece.length))
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})
