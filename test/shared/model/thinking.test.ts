import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ThinkingFilter } from '../../../shared/model/thinking.ts'

const filterPieces = (pieces: readonly string[]): string => {
  const filter = new ThinkingFilter()
  return pieces.map((piece) => filter.add(piece)).join('') + filter.flush()
}

/** `text`, cut in two at every place, and into single characters. */
const cuts = (text: string): string[][] => [
  ...Array.from({ length: text.length + 1 }, (_, index) => [text.slice(0, index), text.slice(index)]),
  [...text],
]

describe('The thoughts at the start of a text', () => {
  for (const [text, answer] of [
    ['<think>musings</think>\n\nHello', 'Hello'],
    ['\n <Thinking>a < b</thinking>Hello', 'Hello'],
    ['<think></think>', ''],
    ['<think>never ends', ''],
    ['Hello <think>x</think>', 'Hello <think>x</think>'],
    ['<thin ice', '<thin ice'],
    ['<th', '<th'],
    ['  Hello', '  Hello'],
    ['', ''],
  ] as const) {
    it(`leave ${JSON.stringify(answer)} of ${JSON.stringify(text)}, at any cut`, () => {
      for (const pieces of cuts(text)) assert.equal(filterPieces(pieces), answer, JSON.stringify(pieces))
    })
  }
})

describe('The thoughts themselves', () => {
  for (const [text, thought] of [
    ['<think>musings</think>\n\nHello', 'musings'],
    ['\n <Thinking>a < b</thinking>Hello', 'a < b'],
    ['<think></think>', ''],
    ['<think>never ends', 'never ends'],
    ['Hello <think>x</think>', ''],
  ] as const) {
    it(`are ${JSON.stringify(thought)} in ${JSON.stringify(text)}, at any cut`, () => {
      for (const pieces of cuts(text)) {
        const filter = new ThinkingFilter()
        let thoughts = ''
        for (const piece of pieces) {
          filter.add(piece)
          thoughts += filter.takeThought()
        }
        filter.flush()
        assert.equal(thoughts + filter.takeThought(), thought, JSON.stringify(pieces))
      }
    })
  }
})
