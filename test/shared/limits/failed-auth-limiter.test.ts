import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressKey, attemptLimit, FailedAuthLimiter } from '../../../shared/limits/failed-auth-limiter.ts'

describe('Attempts', () => {
  it('stop at the limit until the window ends, and valid ones are returned', () => {
    const attempts = new FailedAuthLimiter()
    const reserve = (now: number, address = 'a') => attempts.reserve(address, now)
    for (let n = 0; n < attemptLimit * 2; n++) {
      const release = reserve(1_000)
      if (typeof release === 'function') release()
    }
    for (let n = 0; n < attemptLimit; n++) assert.equal(typeof reserve(2_000), 'function')
    assert.equal(reserve(2_000), 59_000)
    assert.equal(reserve(60_999), 1)
    assert.equal(typeof reserve(2_000, 'b'), 'function')
    assert.equal(typeof reserve(61_000), 'function')
    for (let n = 0; n < attemptLimit; n++) reserve(61_000)
    assert.equal(typeof reserve(500), 'function', 'a clock that goes back blocks no address')
  })

  it('use bounded memory for ten thousand addresses', () => {
    const attempts = new FailedAuthLimiter()
    for (let n = 0; n < attemptLimit; n++) attempts.reserve('first', 0)
    assert.equal(typeof attempts.reserve('first', 0), 'number')
    for (let n = 0; n < 10_000; n++) attempts.reserve(`a${n}`, 0)
    assert.equal(typeof attempts.reserve('first', 0), 'function', 'the first was forgotten')
  })
})

describe('An address', () => {
  for (const [text, key] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:ffff:1:2:3', '2001:db8:0:0::/64'],
    ['2001:0db8::', '2001:db8:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', null],
    ['unknown', null],
    ['1:2:3', null],
    ['1::2::3', null],
    ['1:2:3:4:5:6:7:8:9', null],
    [':::', null],
    ['12345::', null],
  ] as const)
    it(`${JSON.stringify(text)} is counted as ${key}`, () => assert.equal(addressKey(text), key))
})
