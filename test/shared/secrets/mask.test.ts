/** How secrets are displayed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { leaks } from '../../../shared/secrets/canary.ts'
import { looksSecret, mask, maskedDiff, maskWithin } from '../../../shared/secrets/mask.ts'

const key = 'sk-proj-AbCdEfGhIjKlMnOpQrStUv4f2a'

describe('A mask', () => {
  it("shows a key's prefix and end, and hides a short key", () => {
    assert.equal(mask('sk-AbCdEfGhIjKlMnOpQrStUv4f2a'), 'sk-…4f2a')
    assert.equal(mask(key), 'sk-proj-…4f2a')
    assert.equal(mask('ghp_abcdefghijklmnop1234'), 'ghp_…1234')
    assert.equal(mask('0123456789abcdef'), '…cdef')
    for (const short of ['a', 'hunter2', 'correct-horse', 'sk-ant-12345']) assert.equal(mask(short), '…')
    assert.equal(mask(''), '')
  })

  it('never shows more than a third of a secret without a prefix', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abcdef0123456789'), minLength: 1, maxLength: 80 }), (secret) => {
        assert.ok(mask(secret).replace('…', '').length * 3 <= secret.length)
      }),
    )
  })
})

describe('A masked diff', () => {
  it('lists the changes, with secrets masked by name', () => {
    const before = { model: { name: 'a', api_key: key }, max_tokens: 10, limits: [1, 2], same: { apiKey: key } }
    const after = { model: { name: 'b', api_key: `${key.slice(0, -4)}9999` }, max_tokens: 20, limits: [1, 2, 3], same: { apiKey: key } }
    assert.deepEqual(maskedDiff(before, after), [
      { pointer: '/limits', before: [1, 2], after: [1, 2, 3] },
      { pointer: '/max_tokens', before: 10, after: 20 },
      { pointer: '/model/api_key', before: 'sk-proj-…4f2a', after: 'sk-proj-…9999' },
      { pointer: '/model/name', before: 'a', after: 'b' },
    ])
  })

  it('shows a change that both masks hide', () => {
    assert.deepEqual(maskedDiff({ password: 'one' }, { password: 'two' }), [{ pointer: '/password', before: '…', after: '…' }])
  })

  it('masks everything inside a secret', () => {
    const changes = maskedDiff({}, { credentials: { a: [key, 1234, { deep: key }], b: true }, secret: { pin: 1234 } })
    assert.deepEqual(changes, [
      { pointer: '/credentials', after: { a: ['sk-proj-…4f2a', '…', { deep: 'sk-proj-…4f2a' }], b: true } },
      { pointer: '/secret', after: { pin: '…' } },
    ])
    assert.deepEqual(
      maskedDiff({ providers: { x: { url: 'short' } } }, { providers: { x: { url: 'other' } } }, (pointer) => pointer === '/providers/x'),
      [{ pointer: '/providers/x/url', before: '…', after: '…' }],
    )
  })

  it('never reveals a secret, at any position', () => {
    const names = fc.constantFrom(
      'api_key',
      'apiKey',
      'Authorization',
      'client_secret',
      'token',
      'refreshToken',
      'password',
      'private_key',
      'keys',
      'x-api-key',
    )
    const wrap = fc.array(fc.constantFrom('a', 'b/c', '~', '__proto__', '0'), { maxLength: 3 })
    fc.assert(
      fc.property(names, wrap, fc.boolean(), (name, path, inList) => {
        const inner: unknown = Object.fromEntries([[name, inList ? [key] : key]])
        const settings = path.reduce<unknown>((value, step) => Object.fromEntries([[step, value]]), inner)
        for (const text of [maskedDiff({}, settings), maskedDiff(settings, {}), maskWithin(settings)]) {
          assert.ok(!leaks(JSON.stringify(text), key))
        }
      }),
    )
  })

  it('does not mask names that only resemble a key', () => {
    for (const name of ['monkey', 'keyboard', 'author', 'model', 'name', 'turnkey']) assert.equal(looksSecret(`/${name}`), false, name)
  })
})

describe('A canary', () => {
  it('is found in every encoded form', () => {
    const secret = 'canary/7f3a+"9c1d=e5b2'
    for (const padding of ['', 'x', 'xy', 'xyz']) {
      const text = `${padding}${secret}${padding}`
      assert.ok(leaks(text, secret))
      assert.ok(leaks(btoa(text), secret), `base64 after ${padding.length}`)
      assert.ok(leaks(btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''), secret))
      assert.ok(leaks(JSON.stringify({ text }), secret))
      assert.ok(leaks(encodeURIComponent(text), secret))
    }
    assert.ok(!leaks('nothing to see', secret))
    assert.throws(() => leaks('', 'short'))
  })
})
