import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { truncateToTokens } from '../../../shared/context/truncate.ts'
import { type ModelMessage, messageText } from '../../../shared/model/model.ts'
import { estimateContextTokens } from '../../../shared/model/tokens.ts'

// Each costs 40 tokens, plus 4 for the message.
const text = 'x'.repeat(160)
const user: ModelMessage = { role: 'user', text }
const assistant: ModelMessage = { role: 'assistant', text }
const calling: ModelMessage = { role: 'assistant', text: '', calls: [{ call_id: 'c', name: 't', arguments: '{}' }] }
const result: ModelMessage = { role: 'tool', text, call_id: 'c' }
const system: ModelMessage = { role: 'system', text: 'be kind' }

describe('A conversation', () => {
  it('that fits is unchanged', () => {
    const messages = [user, assistant, user]
    equal(truncateToTokens(messages, 132), messages)
  })

  it('loses its oldest turns and starts with a user message', () => {
    deepEqual(truncateToTokens([user, assistant, user, assistant, user], 140), [user, assistant, user])
    deepEqual(truncateToTokens([user, assistant, user, assistant, user], 100), [user])
  })

  it('keeps system messages', () => {
    deepEqual(truncateToTokens([system, user, assistant, user], 100), [system, user])
  })

  it('never keeps a result without its call', () => {
    deepEqual(truncateToTokens([user, calling, result, assistant, user], 150), [user])
  })

  it('keeps the end of an answer that alone is too long', () => {
    const long: ModelMessage = { role: 'assistant', text: `${'x'.repeat(4_000)}the end` }
    const [first, ...rest] = truncateToTokens([system, user, long, user], 300)
    deepEqual([first, rest.map(({ role }) => role)], [system, ['user', 'assistant', 'user']])
    ok(rest[1]?.text.endsWith('xthe end'))
    ok(estimateContextTokens([system, ...rest].map(messageText)) <= 300)
    deepEqual(truncateToTokens([user, long, user], 100), [user])
  })

  it('keeps the last question and everything after it', () => {
    deepEqual(truncateToTokens([user, assistant, user, calling, result], 10), [user, calling, result])
  })

  it('loses the oldest steps of the last question, if they do not fit', () => {
    const newest: ModelMessage = { role: 'tool', text: 'newest', call_id: 'c' }
    deepEqual(truncateToTokens([user, calling, result, calling, result, calling, newest], 110), [user, calling, result, calling, newest])
    deepEqual(truncateToTokens([user, calling, result, calling, newest], 10), [user, calling, newest])
  })

  it('of 20,000 messages is cut in one pass', () => {
    const messages = Array.from({ length: 20_000 }, (_, index) => (index % 2 ? assistant : user))
    const kept = truncateToTokens([...messages, user], 440)
    deepEqual([kept.length, kept[0]?.role], [9, 'user'])
  })
})
