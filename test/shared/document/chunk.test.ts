/** Chunks of documents. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chunkText } from '../../../shared/document/chunk.ts'

const words = (text: string) => text.split(/\s+/).filter(Boolean)

describe('The chunks of a document', () => {
  it('follow its headings, and name those above them', () => {
    const text = 'before\n\n# One\na\n## Two ##\nb\n\n```\n# no heading\n```\n# Three\nc'
    assert.deepEqual(
      chunkText(text).map(({ headings, text }) => [headings, text]),
      [
        [[], 'before'],
        [['One'], '# One\na'],
        [['One', 'Two'], '## Two ##\nb\n\n```\n# no heading\n```'],
        [['Three'], '# Three\nc'],
      ],
    )
  })

  it('are cut at paragraphs, then lines, then sentences, then words', () => {
    assert.deepEqual(
      chunkText('one one\n\ntwo two', 9).map(({ text }) => text),
      ['one one', 'two two'],
    )
    assert.deepEqual(
      chunkText('one one\ntwo two', 9).map(({ text }) => text),
      ['one one', 'two two'],
    )
    assert.deepEqual(
      chunkText('One one. Two two.', 9).map(({ text }) => text),
      ['One one.', 'Two two.'],
    )
    assert.deepEqual(
      chunkText('one two three', 8).map(({ text }) => text),
      ['one two', 'three'],
    )
    assert.deepEqual(
      chunkText('abcdefgh', 3).map(({ text }) => text),
      ['abc', 'def', 'gh'],
    )
  })

  it('have every word once and in order, within their length', () => {
    const text = Array.from({ length: 4_000 }, (_, n) => `word${n}${n % 17 === 0 ? '.' : ''}${n % 90 === 0 ? '\n\n' : ' '}`).join('')
    const chunks = chunkText(text, 300)
    assert.deepEqual(words(chunks.map((chunk) => chunk.text).join(' ')), words(text))
    assert.ok(chunks.every((chunk) => chunk.text.length <= 300))
    assert.deepEqual(
      chunks.map(({ index }) => index),
      chunks.map((_, index) => index),
    )
    // Neighbours are joined: two in a row would not fit into one.
    assert.ok(chunks.length < 2 * (text.length / 300))
  })

  it('never cut a character, and take a long text without its structure', () => {
    assert.deepEqual(
      chunkText('😀😀😀', 3).map(({ text }) => text),
      ['😀', '😀', '😀'],
    )
    const chunks = chunkText('x'.repeat(1_000_000))
    assert.equal(
      chunks.reduce((sum, { text }) => sum + text.length, 0),
      1_000_000,
    )
    assert.deepEqual(chunkText(' \n\n '), [])
  })
})
