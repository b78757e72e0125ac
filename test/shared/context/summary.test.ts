/** When history is summarised, what is summarised, and what is kept of the answer. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messagesOf } from '../../../shared/context/build.ts'
import { messagesCost } from '../../../shared/context/cost.ts'
import {
  cleanSummary,
  fitsWhole,
  historyMessages,
  measuredFactor,
  missingTurns,
  newestTurns,
  splitForSummary,
  summaryInput,
  summaryMessage,
  summaryTokens,
  type TurnHistory,
  type TurnMessages,
} from '../../../shared/context/summary.ts'
import { truncateToTokens } from '../../../shared/context/truncate.ts'
import { messageText } from '../../../shared/model/model.ts'
import { estimateTokens } from '../../../shared/model/tokens.ts'

/** A turn of about `tokens`. */
const turn = (n: number, tokens = 100): TurnMessages => {
  const text = `turn ${n} `.padEnd(2 * tokens, 'x')
  const messages = [
    { role: 'user', text },
    { role: 'assistant', text },
  ] as const
  return { turn_id: `t${n}`, messages, tokens: messagesCost(messages) }
}
const turns = (count: number, tokens = 100) => Array.from({ length: count }, (_, index) => turn(index + 1, tokens))
const history = (fields: Partial<TurnHistory> = {}): TurnHistory => ({
  summary: null,
  turns: turns(10),
  first_turn: 1,
  measured: null,
  ...fields,
})
const ids = (list: readonly TurnMessages[]) => list.map(({ turn_id }) => turn_id)

describe('A history', () => {
  it('fits if all its messages fit, and nothing lies between it and its summary', () => {
    const tokens = messagesCost(historyMessages(history()))
    assert.equal(fitsWhole(history(), tokens), true)
    assert.equal(fitsWhole(history(), tokens - 1), false)
    assert.equal(fitsWhole(history({ first_turn: 3 }), 1e9), false)
    const summary = { first_turn: 1, last_turn: 2, text: 'short' }
    assert.equal(fitsWhole(history({ first_turn: 3, summary }), 1e9), true)
    assert.equal(missingTurns({ first_turn: 8, summary }), 5)
  })

  it('is split into the oldest turns and the newest, of which two always stay', () => {
    for (const room of [0, 300, 600, 1_000, 1_500, 5_000]) {
      const { older, kept } = splitForSummary(history(), room)
      assert.deepEqual(ids([...older, ...kept]), ids(turns(10)))
      assert.ok(kept.length >= 2)
      const keptTokens = kept.reduce((sum, { tokens }) => sum + tokens, 0)
      assert.ok(kept.length === 2 || keptTokens + summaryTokens(room) <= room / 2 + 1)
    }
    assert.deepEqual(splitForSummary({ turns: turns(2) }, 10).older, [])
    assert.deepEqual(splitForSummary({ turns: [] }, 10), { older: [], kept: [] })
  })

  it('after a compaction has room for about as many turns again', () => {
    const room = 2_000
    const { older, kept } = splitForSummary({ turns: turns(19) }, room)
    const summary = { first_turn: 1, last_turn: older.length, text: 'x'.repeat(4 * summaryTokens(room)) }
    const next = history({ summary, turns: [...kept, ...turns(4)], first_turn: older.length + 1 })
    assert.equal(fitsWhole(next, room), true)
  })

  it('without a summary loses the oldest turns, and says how many', () => {
    const cost = turn(1).tokens
    const fitted = newestTurns(history(), 4 * cost)
    assert.deepEqual([ids(fitted.history.turns), fitted.history.first_turn, fitted.omitted], [['t7', 't8', 't9', 't10'], 7, 6])
    const earlier = newestTurns(history({ first_turn: 101 }), 4 * cost)
    assert.equal(earlier.omitted, 106)
    const summary = { first_turn: 1, last_turn: 100, text: 'x' }
    const room = 4 * cost + messagesCost([summaryMessage(summary)])
    assert.equal(newestTurns(history({ first_turn: 101, summary }), room).omitted, 6)
    assert.equal(newestTurns(history(), 1e9).omitted, 0)
  })
})

describe('The factor between the provider’s tokens and ours', () => {
  const measured = { model: 'm', input_tokens: 1_500, estimated_tokens: 1_000 }
  it('is measured for the same model, within bounds', () => {
    assert.equal(measuredFactor(measured, 'm'), 1.5)
    assert.equal(measuredFactor(measured, 'other'), 1)
    assert.equal(measuredFactor(null, 'm'), 1)
    assert.equal(measuredFactor({ ...measured, input_tokens: 1e12 }, 'm'), 4)
    assert.equal(measuredFactor({ ...measured, input_tokens: 1 }, 'm'), 1 / 4)
    for (const zero of [{ input_tokens: 0 }, { estimated_tokens: 0 }]) assert.equal(measuredFactor({ ...measured, ...zero }, 'm'), 1)
  })
})

describe('A summary', () => {
  const event = { first_turn: 3, last_turn: 17, text: 'The build is in /srv/app.' }

  it('names its turns, and is a user’s message that stays when the rest is cut', () => {
    const message = summaryMessage(event)
    assert.equal(message.role, 'user')
    assert.match(message.text, /turns 3 to 17 .*\n\nThe build is in \/srv\/app\.$/s)
    const cut = truncateToTokens([{ role: 'system', text: 'rules' }, message, ...turns(5).flatMap(({ messages }) => messages)], 200)
    assert.deepEqual(cut.slice(0, 2).map(messageText), ['rules', message.text])
    assert.ok(cut.length < 8)
  })

  it('ends the items of a branch', () => {
    const facts = { seq: 1, at: 1, turn_id: 't9' }
    const items = [
      { ...facts, type: 'item.closed', item_id: 'b', text: 'answer' },
      { ...facts, type: 'item.added', item_id: 'a', role: 'user', text: 'question' },
      { ...facts, type: 'context.summarized', through_turn_id: 't8', model: 'tiny', ...event },
      { ...facts, type: 'item.added', item_id: 'z', role: 'user', text: 'never read' },
    ] as const
    assert.deepEqual(messagesOf(items).map(messageText), [summaryMessage(event).text, 'question', 'answer'])
  })

  it('reads as many turns as fit, and at least one, which it shortens', () => {
    const all = summaryInput('so far', turns(10), 5, 1e6)
    assert.equal(all.count, 10)
    const parsed = JSON.parse(all.text)
    assert.deepEqual([parsed.record, parsed.turns.length, parsed.turns[0].turn, parsed.turns[9].turn], ['so far', 10, 5, 14])
    for (const inputTokens of [50, 200, 500, 900]) {
      const { text, count } = summaryInput('so far', turns(10), 1, inputTokens)
      assert.ok(count >= 1 && count < 10)
      assert.ok(estimateTokens(text) <= inputTokens + 60, `${estimateTokens(text)} tokens in ${inputTokens}`)
    }
    const long = summaryInput(null, [turn(1, 100_000)], 1, 2_000)
    assert.ok(long.count === 1 && estimateTokens(long.text) <= 2_060)
    assert.match(JSON.parse(long.text).turns[0].said[0].text, /^turn 1 .* \[…\] x+$/)
    assert.deepEqual(JSON.parse(summaryInput(null, [], 1, 100).text), { record: null, turns: [] })
  })

  it('keeps well-formed text without controls, of a bounded length', () => {
    assert.equal(cleanSummary(' One\r\ntwo\u0000\u202e\tthree \ud800', 100), 'One\ntwo\tthree \ufffd')
    assert.equal(cleanSummary(' \n\u200b', 100), '')
    for (const part of ['word ', '漢', '🧑‍🚀']) {
      const text = cleanSummary(part.repeat(100_000), 500)
      assert.ok(estimateTokens(text) <= 500 && text.length > 200 && text.isWellFormed())
    }
  })
})
