import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CallSignature, detectLoop } from '../../../shared/turn/loop-detector.ts'

const call = (name: string, args: unknown): CallSignature => ({ name, arguments: JSON.stringify(args) })
const limits = { rounds: 4, sameCalls: 2, calls: 6 }

describe('Loop detection', () => {
  it('allows different tools and arguments', () => {
    equal(detectLoop([], limits), null)
    equal(detectLoop([[call('search', { q: 'a' })], [call('search', { q: 'b' })], [call('read', { q: 'a' })]], limits), null)
  })

  it('stops one repeated call beyond its limit, in one round or many', () => {
    const same = call('search', { q: 'a' })
    equal(detectLoop([[same], [same]], limits), null)
    match(detectLoop([[same], [same], [same]], limits) ?? '', /`search` with the same arguments more than 2 times/)
    match(detectLoop([[same, same, same]], limits) ?? '', /same arguments/)
  })

  it('ignores white space and key order at any depth', () => {
    const rounds = ['{"a":1,"b":{"c":2,"d":[3]}}', '{ "b": {"d": [3], "c": 2}, "a": 1 }', '{"a":1,  "b":{"d":[3],"c":2}}']
    match(
      detectLoop(
        rounds.map((text) => [{ name: 't', arguments: text }]),
        limits,
      ) ?? '',
      /same arguments/,
    )
  })

  it('distinguishes list order, numbers from strings, and objects from lists of pairs', () => {
    const rounds = ['[1,2]', '[2,1]', '{"a":1}', '[["a",1]]', '"1"', '1'].map((text) => [{ name: 't', arguments: text }])
    equal(detectLoop(rounds, { ...limits, rounds: 9, sameCalls: 1 }), null)
  })

  it('compares invalid JSON as text', () => {
    const rounds = ['{oops', '{oops', ' {oops '].map((text) => [{ name: 't', arguments: text }])
    match(detectLoop(rounds, limits) ?? '', /same arguments/)
  })

  it('stops too many rounds and too many calls', () => {
    const other = (n: number) => call('t', { n })
    match(detectLoop([[other(1)], [other(2)], [other(3)], [other(4)], [other(5)]], limits) ?? '', /5 times in a row/)
    match(detectLoop([[1, 2, 3, 4, 5, 6, 7].map(other)], limits) ?? '', /more than 6 tool calls/)
  })

  it('shows only the sanitized name of a call', () => {
    const same = { name: `x![img](https://evil/${'y'.repeat(99)})`, arguments: '{"secret":"sk-1"}' }
    const reason = detectLoop([[same, same, same]], limits) ?? ''
    equal(/secret|sk-1|[![\]()/]/.test(reason), false)
    deepEqual(reason.length < 200, true)
  })
})
