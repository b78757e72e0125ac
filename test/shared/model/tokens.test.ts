import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { estimateTokens } from '../../../shared/model/tokens.ts'

const alphabetic = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Mark}\p{Number}\p{Punctuation}\p{Symbol}\s]/u

/** The estimate as its rule says it, character by character. */
function byRule(text: string): number {
  const quarters = [...text].map((character) => (character.length > 1 ? 8 : character < '\x80' || alphabetic.test(character) ? 1 : 4))
  return Math.ceil(quarters.reduce<number>((sum, quarter) => sum + quarter, 0) / 4)
}

describe('The estimate of tokens', () => {
  for (const [text, tokens] of [
    ['', 0],
    ['word', 1],
    ['Grüße!', 2],
    ['世界', 2],
    ['😀', 2],
    ['\ud800', 1],
    ['я Ω é', 2],
  ] as const)
    it(`of ${JSON.stringify(text)} is ${tokens}`, () => assert.equal(estimateTokens(text), tokens))

  it('is the sum over the characters, for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => assert.equal(estimateTokens(text), byRule(text))))
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 40 }), (units) => assert.equal(estimateTokens(units.join('')), byRule(units.join('')))),
    )
  })
})
