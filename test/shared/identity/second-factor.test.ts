import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Amr, mfaRequired, withAcr, withSecondFactor } from '../../../shared/identity/amr.ts'
import { noLockout, recordFailure, retryAfterMs } from '../../../shared/identity/lockout.ts'
import { newRecoveryCode, parseRecoveryCode, recoveryHash } from '../../../shared/identity/recovery.ts'
import {
  codesAt,
  constantTimeEqual,
  hotp,
  newSecret,
  otpauthUri,
  parseCode,
  stepAt,
  stepOf,
  toBase32,
} from '../../../shared/identity/totp.ts'
import { describeUserAgent } from '../../../shared/identity/user-agent.ts'

const secret = new TextEncoder().encode('12345678901234567890')

describe('A time-based code', () => {
  it('matches RFC 4226, appendix D', async () => {
    const expected = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489']
    assert.deepEqual(await Promise.all(expected.map((_, counter) => hotp(secret, counter))), expected)
  })

  it('matches RFC 6238, appendix B, for SHA-1', async () => {
    const vectors = [
      [59, '94287082'],
      [1_111_111_109, '07081804'],
      [1_111_111_111, '14050471'],
      [1_234_567_890, '89005924'],
      [2_000_000_000, '69279037'],
      [20_000_000_000, '65353130'],
    ] as const
    for (const [seconds, code] of vectors) assert.equal(await hotp(secret, stepAt(seconds * 1_000), 8), code)
  })

  it('is valid in its step and the adjacent ones only', async () => {
    const now = 1_234_567_890_000
    for (const [offset, isValid] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ] as const) {
      const code = await hotp(secret, stepAt(now) + offset)
      assert.equal(stepOf(await codesAt(secret, now), code, 0), isValid ? stepAt(now) + offset : null, `${offset}`)
    }
  })

  it('is valid once, and no earlier code is valid after it', async () => {
    const now = 1_234_567_890_000
    const codes = await codesAt(secret, now)
    const [before, current, after] = codes
    assert.ok(before && current && after)
    assert.equal(stepOf(codes, current.code, current.step), null)
    assert.equal(stepOf(codes, before.code, current.step), null)
    assert.equal(stepOf(codes, after.code, current.step), after.step)
  })

  it('is six digits, grouped or not', () => {
    assert.deepEqual(['123456', ' 123 456 ', '123-456', '12345', '1234567', '12345a', '', '１２３４５６'].map(parseCode), [
      '123456',
      '123456',
      '123456',
      null,
      null,
      null,
      null,
      null,
    ])
  })

  it('matches only as a whole', () => {
    assert.ok(constantTimeEqual('123456', '123456'))
    for (const other of ['123457', '023456', '12345', '1234567', '']) assert.ok(!constantTimeEqual('123456', other), other)
    assert.ok(!constantTimeEqual('', '123456'))
  })
})

describe('A secret', () => {
  it('is 160 random bits in base32 (RFC 4648)', () => {
    const bytes = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => toBase32(new TextEncoder().encode(text)))
    assert.deepEqual(bytes, ['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'])
    assert.equal(newSecret().length, 20)
    assert.notEqual(toBase32(newSecret()), toBase32(newSecret()))
    assert.match(toBase32(newSecret()), /^[A-Z2-7]{32}$/)
  })

  it('has an otpauth URI for any subject', () => {
    const uri = new URL(otpauthUri(secret, 'acme', 'ada:b&c?d@example.com'))
    assert.equal(uri.protocol, 'otpauth:')
    assert.deepEqual(Object.fromEntries(uri.searchParams), {
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      issuer: 'Soma (acme)',
    })
    assert.equal(decodeURIComponent(uri.pathname).split(':').slice(1).join(':'), 'ada:b&c?d@example.com')
  })
})

describe('A recovery code', () => {
  it('parses in any spelling', () => {
    const code = newRecoveryCode()
    assert.match(code, /^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/)
    assert.equal(parseRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')}\n`), code.replaceAll('-', ''))
    assert.equal(parseRecoveryCode('OIL0-0000-0000-0000'), '0110000000000000')
    for (const text of ['', '123456', code.slice(1), `${code}0`, code.replace(/.$/, 'u'), code.replace(/.$/, '!')])
      assert.equal(parseRecoveryCode(text), null, text)
    assert.equal(new Set(Array.from({ length: 1_000 }, newRecoveryCode)).size, 1_000)
  })

  it('has a different hash for each user', async () => {
    const hashes = [
      await recoveryHash('acme', 'ada', '0000000000000000'),
      await recoveryHash('acme', 'bob', '0000000000000000'),
      await recoveryHash('globex', 'ada', '0000000000000000'),
      await recoveryHash('acme', 'ada', '0000000000000001'),
    ]
    assert.equal(new Set(hashes).size, 4)
  })
})

describe('Guessing', () => {
  it('is free four times; from the fifth on, the wait doubles up to one hour', () => {
    let lockout = noLockout
    const waits: number[] = []
    for (let wrong = 0, now = 0; wrong < 14; wrong += 1) {
      lockout = recordFailure(lockout, now)
      waits.push(retryAfterMs(lockout, now) / 1_000)
      now += retryAfterMs(lockout, now)
      assert.equal(retryAfterMs(lockout, now), 0)
    }
    assert.deepEqual(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600])
  })
})

describe('The authentication methods', () => {
  it('are a short list of names, or empty', () => {
    assert.deepEqual(Amr.parse(['pwd', 'otp', 'mfa']), ['pwd', 'otp', 'mfa'])
    for (const other of [undefined, null, 'mfa', { mfa: true }, ['with space'], [1], Array(11).fill('a'), ['x'.repeat(33)]])
      assert.deepEqual(Amr.parse(other), [], JSON.stringify(other))
  })

  it("include `mfa` after a second factor, and for the issuer's configured `acr`", () => {
    assert.deepEqual(withSecondFactor(['pwd'], 'otp'), ['pwd', 'otp', 'mfa'])
    assert.deepEqual(withSecondFactor(['otp', 'mfa'], 'otp'), ['otp', 'mfa'])
    assert.deepEqual(withSecondFactor([], 'recovery'), ['mfa'])
    assert.deepEqual(withAcr(['pwd'], 'urn:two', ['urn:two']), ['pwd', 'mfa'])
    assert.deepEqual(withAcr(['pwd'], 'urn:one', ['urn:two']), ['pwd'])
    assert.deepEqual(withAcr(['pwd'], ['urn:two'], ['urn:two']), ['pwd'])
  })

  it('require MFA from no user, from admins, or from all users', () => {
    const roles = ['owner', 'admin', 'member', 'viewer'] as const
    assert.deepEqual(
      roles.map((role) => mfaRequired('none', role)),
      [false, false, false, false],
    )
    assert.deepEqual(
      roles.map((role) => mfaRequired('admins', role)),
      [true, true, false, false],
    )
    assert.deepEqual(
      roles.map((role) => mfaRequired('everyone', role)),
      [true, true, true, true],
    )
    assert.equal(mfaRequired('admins', null), false)
  })
})

describe('A browser', () => {
  it('is described in a few words', () => {
    const linux = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)'
    const headers: Record<string, string> = {
      [`${linux} Chrome/142.0.0.0 Safari/537.36`]: 'Chrome on Linux',
      [`${linux} HeadlessChrome/142.0.0.0 Safari/537.36`]: 'Chrome on Linux',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0':
        'Edge on Windows',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0': 'Firefox on macOS',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1':
        'Safari on iPhone',
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36':
        'Chrome on Android',
      'curl/8.5.0': 'curl',
      node: '',
      '': '',
    }
    for (const [header, words] of Object.entries(headers)) assert.equal(describeUserAgent(header), words, header)
  })
})
