import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildContext, type HistoryEvent } from '../../../shared/context/build.ts'
import { estimateTokens, messageTokens } from '../../../shared/model/tokens.ts'

let seq = 0
const recorded = () => ({ seq: ++seq, at: 0, turn_id: 't' })
const user = (text: string): HistoryEvent => ({ ...recorded(), type: 'item.added', item_id: 'i', role: 'user', text })
const answered = (text: string): HistoryEvent => ({ ...recorded(), type: 'item.closed', item_id: 'i', text })
const requested = (call_id: string): HistoryEvent => ({
  ...recorded(),
  type: 'call.requested',
  call_id,
  name: 'look',
  arguments: '{}',
  effect: 'none',
  timeout_ms: 1,
})
const returned = (call_id: string, text = call_id): HistoryEvent => ({
  ...recorded(),
  type: 'call.ended',
  call_id,
  outcome: 'completed',
  text,
})

const context = (log: readonly HistoryEvent[], budget = 10_000) => buildContext([...log].reverse(), budget)
/** The role and text of each message. */
const summarize = (log: readonly HistoryEvent[], budget?: number) =>
  context(log, budget).messages.map((message) =>
    message.role === 'assistant' && message.calls
      ? `${message.text}+${message.calls.map(({ call_id }) => call_id)}`
      : `${message.role} ${message.text}`,
  )

describe("The model's context", () => {
  it('holds the messages, oldest first', () => {
    assert.deepEqual(summarize([user('a'), answered('b'), user('c')]), ['user a', 'assistant b', 'user c'])
  })

  it("holds a step's text and calls, then the results in request order", () => {
    const log = [
      user('q'),
      answered('look'),
      requested('1'),
      requested('2'),
      returned('2'),
      returned('1'),
      requested('3'),
      returned('3'),
      answered('done'),
      user('next'),
    ]
    assert.deepEqual(summarize(log), ['user q', 'look+1,2', 'tool 1', 'tool 2', '+3', 'tool 3', 'assistant done', 'user next'])
  })

  it('does not attach text of an earlier turn to a step', () => {
    assert.deepEqual(summarize([user('a'), answered('b'), user('c'), requested('1'), returned('1')]), [
      'user a',
      'assistant b',
      'user c',
      '+1',
      'tool 1',
    ])
  })

  it('drops the oldest first, and a step only with its results', () => {
    const log = [user('a'), answered('b'), user('q'), requested('1'), returned('1', 'long '.repeat(100)), requested('2'), returned('2')]
    assert.deepEqual(summarize(log), ['user a', 'assistant b', 'user q', '+1', `tool ${'long '.repeat(100)}`, '+2', 'tool 2'])
    assert.deepEqual(summarize(log, 100), ['user q', '+2', 'tool 2'])
  })

  it('always holds the question and the newest group', () => {
    const log = [user('before'), answered('x'), user('question '.repeat(50)), requested('1'), returned('1', 'result '.repeat(50))]
    assert.equal(summarize(log, 1).length, 3)
    assert.deepEqual(summarize([user('before'), user('q')], 1), ['user q'])
  })

  it('holds the end of an answer that alone is too long, so that the model can continue it', () => {
    const long = `${'word '.repeat(4_000)}and so on`
    const log = [user('old'), answered('older'), user('tell me'), answered(long), user('continue')]
    const { messages, tokens } = context(log, 500)
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    )
    assert.equal(messages[0]?.text, 'tell me')
    assert.ok(messages[1]?.text.endsWith('word and so on'))
    assert.ok(tokens <= 500 && tokens > 400, String(tokens))
  })

  it('holds the end of such an answer after the steps of its turn, and cuts a long question', () => {
    const long = '語'.repeat(4_000)
    const log = [user('q'.repeat(9_000)), requested('1'), returned('1'), answered(long), user('continue')]
    const { messages, tokens } = context(log, 500)
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    )
    assert.ok(tokens <= 500 && tokens > 300, String(tokens))
    assert.match(messages[1]?.text ?? '', /^語+$/)
    // The remaining end would be too short to continue.
    assert.equal(context(log, 20).messages.length, 1)
  })

  it('starts with a user message at any size', () => {
    const log = Array.from({ length: 6 }, (_, turn) => [
      user(`question ${turn} ${'word '.repeat(10 * turn)}`),
      requested(`${turn}`),
      returned(`${turn}`, 'result '.repeat(20)),
      answered(`answer ${turn} ${'word '.repeat(60 - 10 * turn)}`),
    ])
    for (let budget = 1; budget < 700; budget += 7) {
      const { messages, tokens } = context([...log.flat(), user('now')], budget)
      assert.equal(messages[0]?.role, 'user', String(budget))
      assert.ok(tokens <= Math.max(budget, 5), `${tokens} > ${budget}`)
    }
  })

  it('holds the question and the answer of the turn before, if its steps do not fit', () => {
    const log = [
      user('old'),
      answered('older'),
      user('look'),
      requested('1'),
      returned('1', 'long '.repeat(900)),
      answered('found it'),
      user('q'),
    ]
    assert.deepEqual(summarize(log, 120), ['user look', 'assistant found it', 'user q'])
  })

  it('holds the answer to a question that is too long, with the beginning of the question', () => {
    const { messages } = context([user(`paste ${'x'.repeat(9_000)}`), answered('the gist'), user('more')], 200)
    assert.deepEqual(
      messages.map(({ text }) => text.slice(0, 8)),
      ['paste xx', 'the gist', 'more'],
    )
  })

  it('reports its own cost', () => {
    const { messages, tokens } = context([user('hello'), answered('look'), requested('1'), returned('1', 'result')])
    const texts = ['hello', 'looklook{}', 'result']
    assert.equal(messages.length, 3)
    assert.equal(
      tokens,
      texts.reduce((sum, text) => sum + messageTokens + estimateTokens(text), 0),
    )
  })
})
