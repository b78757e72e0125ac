import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainTitle, titleFrom } from '../../../shared/session/plain-title.ts'

describe('A title', () => {
  for (const [line = '', title] of [
    ['# Plan for **today**', 'Plan for today'],
    ['> - 1. Quoted', 'Quoted'],
    ['**Rivers** and _lakes_, *seas* and ~~ponds~~', 'Rivers and lakes, seas and ponds'],
    ['See [the **guide**](https://example.com/a) and ![a map](b.png)', 'See the guide and a map'],
    ['Run `npm test` please', 'Run npm test please'],
    ['```js const a = 1 ``` explain', 'const a = 1 explain'],
    ['***Both*** at once', 'Both at once'],
    // Not marks.
    ['2 * 3 * 4 and snake_case_name', '2 * 3 * 4 and snake_case_name'],
    ['2026. A year', '2026. A year'],
    ['-5 degrees', '-5 degrees'],
    ['**', '**'],
    ['#', '#'],
    ['C# and F#', 'C# and F#'],
  ])
    it(`shows ${line} as ${title}`, () => assert.equal(plainTitle(line), title))

  it('comes from the first message, on one line of at most 60 graphemes', () => {
    assert.equal(titleFrom('\n# **Plan**\n\n- first\n'), 'Plan - first')
    assert.equal(titleFrom(`**${'a'.repeat(80)}**`), 'a'.repeat(60))
  })

  for (const [message = '', title] of [
    ['Plan a trip to Rome. We leave on Friday.', 'Plan a trip to Rome.'],
    ['Why is it *so* slow? It was fast before!', 'Why is it so slow?'],
    ['Compare e.g. this and that. Then stop', 'Compare e.g. this and that.'],
    ['The meeting on 3. May is off. Tell them', 'The meeting on 3. May is off.'],
    ['He said "stop that." Then he left', 'He said "stop that."'],
    ['你好。请写一首诗', '你好。'],
    ['file.name.ts has 3.5 errors', 'file.name.ts has 3.5 errors'],
    ['?', '?'],
  ])
    it(`is the first sentence of ${message}`, () => assert.equal(titleFrom(message), title))

  it('takes a bounded time for marks that never end', () => {
    for (const mark of ['*', '**a ', '_a ', '[', '`', '~~x', '![', '[a](', '> ', '```'])
      assert.ok(titleFrom(mark.repeat(4_000)).length <= 200)
  })
})
