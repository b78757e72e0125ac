import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryLimits } from '../../../shared/api/memory.ts'
import { extractMemory, type SessionMessage } from '../../../shared/memory/extract-memory.ts'
import { toFtsQuery } from '../../../shared/memory/fts-query.ts'
import { quickActionText } from '../../../shared/session/quick-action-text.ts'

const message = (text: string, overrides: Partial<SessionMessage> = {}): SessionMessage => ({
  turn_id: 't',
  seq: 3,
  at: 1,
  text,
  again: false,
  ...overrides,
})
const extracted = (text: string, overrides: Partial<SessionMessage> = {}) => extractMemory(message(text, overrides), 'alice')
const memoryOf = (...of: Parameters<typeof extracted>) => {
  const read = extracted(...of)
  return read.ok ? read.value : null
}

describe('A memory', () => {
  it("is the owner's message, trimmed", () => {
    assert.equal(memoryOf('  I like Assam tea.\n'), 'I like Assam tea.')
    assert.equal(memoryOf('I like Assam tea.', { sent_by: 'alice' }), 'I like Assam tea.')
    assert.equal(memoryOf('Ich heiße Jürgen und mag Grünkohl'), 'Ich heiße Jürgen und mag Grünkohl')
  })

  it("is not another user's message in a shared session", () => assert.equal(memoryOf('I like Assam tea.', { sent_by: 'bob' }), null))

  it('is not a regenerated message', () => assert.equal(memoryOf('I like Assam tea.', { again: true }), null))

  for (const command of [...Object.values(quickActionText), '/tool timestamp now please', '/help me with this'])
    it(`is no command: ${command}`, () => assert.equal(memoryOf(command), null))

  for (const shortText of ['', ' ', 'ok', 'yes please', 'thank you', '👍👍👍👍👍👍', '... ... ... ...', 'a b c'])
    it(`is not too short: ${JSON.stringify(shortText)}`, () => assert.equal(memoryOf(shortText), null))

  it('is not a document', () => {
    const words = 'word '.repeat(memoryLimits.units)
    assert.equal(memoryOf(words.slice(0, memoryLimits.units - 1)), words.slice(0, memoryLimits.units - 1).trim())
    assert.equal(memoryOf(`${words.slice(0, memoryLimits.units)}x`), null)
  })

  for (const [text, overrides, reason] of [
    ['I like Assam tea.', { again: true }, 'again'],
    ['I like Assam tea.', { sent_by: 'bob' }, 'other_user'],
    ['/help me with this', {}, 'command'],
    ['yes please', {}, 'short'],
    ['I like tea. '.repeat(400), {}, 'long'],
    ['What is my favourite tea?', {}, 'no_statement'],
  ] as const)
    it(`is missing with the reason ${reason}`, () => assert.deepEqual(extracted(text, overrides), { ok: false, error: reason }))

  it('is text that every store accepts', () => assert.equal(memoryOf('half \ud83d of a pair, and \0'), 'half \ufffd of a pair, and'))
})

describe('A search', () => {
  const cases: [string, string | null][] = [
    ['tea', '"tea"*'],
    ['green tea', '"green" "tea"*'],
    ['"tea"', '"tea"*'],
    ['tea*', '"tea"*'],
    ['NEAR(a b)', '"NEAR" "a" "b"*'],
    ['-tea', '"tea"*'],
    ['key:tea', '"key" "tea"*'],
    ['a OR b', '"a" "OR" "b"*'],
    ['don’t', '"don" "t"*'],
    ['', null],
    ['" * - ^ ( ) { } :', null],
    ['🫖', null],
  ]
  for (const [q, match] of cases) it(`${JSON.stringify(q)} is ${match}`, () => assert.equal(toFtsQuery(q), match))

  it('is never more than 32 words', () => assert.equal(toFtsQuery('w '.repeat(500))?.split(' ').length, 32))
})
