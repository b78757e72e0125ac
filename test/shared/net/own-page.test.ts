import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ownPage } from '../../../shared/net/own-page.ts'

const origin = 'https://soma.example'

/** Where a browser lands that gets `location` from a page of `origin`. */
const redirectTarget = (location: string): URL => new URL(location, `${origin}/v1/auth/oidc/callback`)

describe('M1. A page to return to', () => {
  it('stays as it is when it is a page of the app', () => {
    for (const page of ['/', '/c/first', '/c/first?tab=2', '/settings/account?x=%2F%2Fevil', '/v1x', '/c/a%20b'])
      assert.equal(ownPage(page, origin), page)
    assert.equal(ownPage('c/first', origin), '/c/first')
    assert.equal(ownPage(`${origin}/c/first#part`, origin), '/c/first')
    assert.equal(ownPage('/c/first?tab=2', origin, { sign_in: 'code' }), '/c/first?tab=2&sign_in=code')
  })

  it('is the first page when it leads anywhere else', () => {
    const foreignUrls = [
      '//evil.example',
      '/\\evil.example',
      '/.//evil.example/phish',
      '/%2e//evil.example',
      '/%2E%2e//evil.example',
      '/..//evil.example',
      '/a/..//evil.example',
      '/./\\evil.example',
      '\t//evil.example',
      '/\n/evil.example',
      'https://evil.example/',
      `${origin}.evil.example/`,
      `${origin}@evil.example/`,
      'javascript:alert(1)',
      'data:text/html,x',
      '/v1/auth/sign-out',
      '/V1/auth/sign-out',
      '/%76%31/auth/sign-out',
      '/c/../v1/me',
      '/constitution/x',
      '/%',
      `/${'x'.repeat(1_001)}`,
      'http://[',
    ]
    for (const to of foreignUrls) assert.equal(ownPage(to, origin), '/', to)
  })

  it('never leaves the origin, for any input, and is its own page', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      '//',
      '@',
      ':',
      '\t',
      '\n',
      '\0',
      'evil.example',
      'https:',
      'v1',
      '?',
      '#',
      'a',
    )
    const text = fc.oneof(
      fc.array(piece, { maxLength: 10 }).map((parts) => parts.join('')),
      fc.array(piece, { maxLength: 10 }).map((parts) => `/${parts.join('')}`),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.webUrl(),
    )
    fc.assert(
      fc.property(text, fc.constantFrom({}, { sign_in: 'code' }), (to, parameters) => {
        const page = ownPage(to, origin, parameters)
        assert.equal(redirectTarget(page).origin, origin)
        assert.match(page, /^\/(?![/\\])[\x21-\x7e]*$/)
        assert.equal(ownPage(page, origin), page)
        assert.doesNotMatch(redirectTarget(page).pathname, /^\/v1\//i)
      }),
      { numRuns: 1_000 },
    )
  })
})
