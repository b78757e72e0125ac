/** Patterns match as in RE2, in time linear in pattern and text. Abuse case 12. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Regex } from '../../../shared/regex/regex.ts'
import { BadPattern } from '../../../shared/regex/syntax.ts'

const ignoreCost = () => {}

/**
 * A pattern over few characters, so that it sometimes matches. Groups are not repeated: for empty bodies JavaScript and RE2 disagree, and
 * test/peers/opa compares with Go itself.
 */
const { pattern } = fc.letrec<{ pattern: string; atom: string; piece: string }>((tie) => ({
  atom: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\d', '\\w', '\\b', '^', '$', 'é') },
    { weight: 1, arbitrary: tie('pattern').map((inner) => `(?:${inner})`) },
  ),
  piece: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '{1,2}'))
    .map(([atom, quantifier]) => (/^(\\b|\^|\$|\(.*)$/.test(atom) ? atom : atom + quantifier)),
  pattern: fc.oneof(
    { weight: 3, arbitrary: fc.array(tie('piece'), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('')) },
    { weight: 1, arbitrary: fc.tuple(tie('piece'), tie('piece')).map((parts) => parts.join('|')) },
  ),
}))
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '1', ' ', '👩'), maxLength: 10 })

describe('A pattern', () => {
  it('matches where a backtracking engine does', () => {
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        const expected = new RegExp(source, 'u').exec(subject)
        const actual = new Regex(source).exec(subject, 0, ignoreCost)
        assert.deepEqual(
          actual?.slice(0, 2),
          expected ? [expected.index, expected.index + expected[0].length] : undefined,
          `${source} on ${JSON.stringify(subject)}`,
        )
        assert.equal(new Regex(source).test(subject, ignoreCost), expected !== null)
      }),
      { numRuns: 3_000 },
    )
  })

  it('repeats possibly empty groups as Go does', () => {
    // Each right side is the result of Go 1.26.
    const cases: [string, string, string[]][] = [
      ['a+?|([^a]*?)*', '111', ['', '', '', '']],
      ['(\\B|a+?)+', 'AAaé', ['', '', '']],
      ['(?:^?b??)+\\d{1,2}', 'A11b', ['11']],
      ['(|a)*', 'aa', ['', '', '']],
      ['(|a)+', 'aa', ['', '', '']],
    ]
    for (const [source, subject, expected] of cases)
      assert.deepEqual(
        new Regex(source).allMatches(subject, -1, ignoreCost).map(([from, to]) => subject.slice(from, to)),
        expected,
        source,
      )
  })

  it('reports its groups', () => {
    const regex = new Regex('(?P<user>[a-z]+)@(([a-z]+)\\.com)(x)?')
    assert.deepEqual(regex.groups, ['', 'user', '', '', ''])
    assert.deepEqual(regex.exec('to ada@example.com', 0, ignoreCost), [3, 18, 3, 6, 7, 18, 7, 14, -1, -1])
  })

  it('that needs backtracking is refused', () => {
    for (const source of [
      '(a)\\1',
      '(?=a)',
      '(?!a)',
      '(?<=a)',
      '(?<!a)',
      '(?>a)',
      'a{1001}',
      'a**',
      '(',
      ')',
      '[',
      'a{2,1}',
      '\\',
      '(?P<a>b)(?P<a>c)',
      '\\8',
      '[b-a]',
      '(?P=a)',
      '*',
    ])
      assert.throws(() => new Regex(source), BadPattern, source)
  })

  it('is refused if its expansion is too long or its nesting too deep', () => {
    assert.throws(() => new Regex('((a{100}){100}){100}'))
    assert.throws(() => new Regex('('.repeat(10_000)))
  })

  it('takes linear time on patterns that are exponential elsewhere', () => {
    for (const source of ['(a+)+$', '(a|a)*$', '(a|aa)+$', '(.*a){12}$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(x+x+)+y', '((a*)*)*b']) {
      const regex = new Regex(source)
      const costOf = (length: number): number => {
        let cost = 0
        regex.test(`${'a'.repeat(length)}!`, (amount) => {
          cost += amount
        })
        return cost
      }
      const [short, long] = [costOf(500), costOf(5_000)]
      assert.ok(long <= short * 11, `${source}: ${short} for 500, ${long} for 5,000`)
    }
  })
})
