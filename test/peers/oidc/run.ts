/** Sign-in with a real provider, including stolen callbacks, expired callbacks and wrong tenants. The last line has the totals. */
import assert from 'node:assert/strict'
import { codeOf } from '../../support/authenticator.ts'
import { freePort, startStack } from '../../support/stack.ts'
import { Browser, type Visit } from './browser.ts'
import { clientId, clientSecret, startProvider } from './provider.ts'

const provider = await startProvider()
const port = await freePort()
const origin = `http://localhost:${port}`
const callback = `${origin}/v1/auth/oidc/callback`
provider.redirectTo(callback)
const stack = await startStack({
  port,
  env: {
    SOMA_OIDC_ISSUER: provider.issuer,
    SOMA_OIDC_CLIENT_ID: clientId,
    SOMA_OIDC_CLIENT_SECRET: clientSecret,
    SOMA_OIDC_NAME: 'Example',
    SOMA_OIDC_TENANT_CLAIM: 'org',
    SOMA_OIDC_TENANTS: '*',
    SOMA_OIDC_SIGN_OUT: 'true',
  },
})

/** The `state` of each sign-in that the browser has started. */
const signInStates = (browser: Browser): string[] =>
  browser.cookieNames(`localhost:${port}`).flatMap((name) => (name.startsWith('soma_oidc.') ? [name.slice('soma_oidc.'.length)] : []))

const isCallback = (url: URL): boolean => url.href.startsWith(callback)

/** Signs in at the provider. Returns the callback address, which is not requested yet. */
async function callbackFor(browser: Browser, name: string, to = '/c/first'): Promise<URL> {
  const form = await browser.follow(new URL(`/v1/auth/oidc/start?to=${encodeURIComponent(to)}`, origin))
  assert.equal(form.response.status, 200)
  let visit: Visit = await browser.submit(form, { login: name, password: 'any' }, isCallback)
  if (!isCallback(visit.url)) visit = await browser.submit(visit, {}, isCallback)
  assert.ok(isCallback(visit.url), `ended at ${visit.url}`)
  return visit.url
}

/** Sends a POST as the app's page does. */
const post = (browser: Browser, path: string, body?: unknown): Promise<Response> =>
  browser.request(new URL(path, origin), {
    method: 'POST',
    headers: {
      origin,
      'x-csrf-token': browser.cookie(`localhost:${port}`, 'soma_csrf') ?? '',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const me = async (browser: Browser): Promise<Response> => browser.request(new URL('/v1/me', origin))
const signInError = (response: Response): string | null =>
  new URL(response.headers.get('location') ?? '', origin).searchParams.get('sign_in')

const tests: Record<string, () => Promise<void>> = {
  async 'the sign-in methods name the provider'() {
    assert.deepEqual(await (await fetch(`${origin}/v1/auth/methods`)).json(), { dev: true, oidc: { name: 'Example' } })
  },
  async 'a provider sign-in creates a member in the tenant of the claim'() {
    const browser = new Browser()
    const response = await browser.request(await callbackFor(browser, 'acme-alice'))
    assert.equal(response.status, 303)
    assert.equal(response.headers.get('location'), '/c/first')
    assert.partialDeepStrictEqual(await (await me(browser)).json(), { tenant: 'acme', subject: 'acme-alice', role: 'member' })
    assert.deepEqual(signInStates(browser), [])
    const admin = { authorization: `Bearer ${await stack.token('acme', 'operator', { scopes: 'admin' })}` }
    const user = await (await fetch(`${origin}/v1/users/acme-alice`, { headers: admin })).json()
    assert.partialDeepStrictEqual(user, { name: 'Person acme-alice', role: 'member' })
  },
  async 'a callback is accepted once'() {
    const browser = new Browser()
    const response = await callbackFor(browser, 'acme-bob')
    await browser.request(response)
    assert.equal(signInError(await browser.request(response)), 'expired')
  },
  async 'a callback of another browser does not sign in'() {
    const response = await callbackFor(new Browser(), 'acme-mallory')
    const victim = new Browser()
    assert.equal(signInError(await victim.request(response)), 'expired')
    await victim.follow(new URL('/v1/auth/oidc/start', origin))
    assert.equal(signInError(await victim.request(response)), 'expired')
    assert.equal((await me(victim)).status, 401)
  },
  async 'a code without its PKCE verifier is rejected'() {
    const attacker = new Browser()
    await attacker.follow(new URL('/v1/auth/oidc/start', origin))
    const stolen = await callbackFor(new Browser(), 'acme-carol')
    stolen.searchParams.set('state', signInStates(attacker)[0] ?? '')
    assert.equal(signInError(await attacker.request(stolen)), 'failed')
    assert.equal((await me(attacker)).status, 401)
  },
  async 'a claim without a valid tenant is rejected'() {
    const browser = new Browser()
    assert.equal(signInError(await browser.request(await callbackFor(browser, '_bad-tenant'))), 'refused')
    assert.equal((await me(browser)).status, 401)
  },
  async 'a cancelled sign-in is reported as cancelled'() {
    const browser = new Browser()
    await browser.follow(new URL('/v1/auth/oidc/start', origin))
    const [state] = signInStates(browser)
    const denied = new URL(`${callback}?error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`)
    assert.equal(signInError(await browser.request(denied)), 'cancelled')
  },
  async 'the return address must be a page of the app'() {
    for (const to of [
      '/.//evil.example/phish',
      '/%2e//evil.example',
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/v1/auth/sign-out',
      'javascript:alert(1)',
    ]) {
      const browser = new Browser()
      const response = await browser.request(await callbackFor(browser, 'acme-dora', to))
      assert.equal(response.headers.get('location'), '/', to)
    }
  },
  async 'a user with a local second factor must enter it after the provider, and returns to their page'() {
    const first = new Browser()
    await first.request(await callbackFor(first, 'acme-erin'))
    const { secret } = await (await post(first, '/v1/me/mfa', {})).json()
    assert.equal((await post(first, '/v1/me/mfa/verify', { code: await codeOf(secret) })).status, 200)
    const second = new Browser()
    const response = await second.request(await callbackFor(second, 'acme-erin', '/c/first?tab=2'))
    assert.equal(response.headers.get('location'), '/c/first?tab=2&sign_in=code')
    assert.equal((await me(second)).status, 401)
    const verified = await post(second, '/v1/auth/mfa', { code: await codeOf(secret, 1) })
    assert.partialDeepStrictEqual(await verified.json(), { subject: 'acme-erin', mfa: true })
    assert.partialDeepStrictEqual(await (await me(second)).json(), { subject: 'acme-erin', mfa: true })
    const third = new Browser()
    await third.request(await callbackFor(third, 'acme-erin'))
    assert.equal((await post(third, '/v1/auth/mfa', { code: await codeOf(secret, 1) })).status, 403)
    assert.equal((await me(third)).status, 401)
  },
  async 'a second factor at the provider satisfies a tenant that requires one'() {
    const admin = {
      authorization: `Bearer ${await stack.token('strict', 'operator', { scopes: 'admin' })}`,
      'content-type': 'application/json',
    }
    const body = JSON.stringify({ require_mfa: 'everyone' })
    assert.equal((await fetch(`${origin}/v1/sign-in-rules`, { method: 'PUT', headers: admin, body })).status, 200)
    for (const [name, needsMfa] of [
      ['strict-gina', true],
      ['strict-gina-strong', false],
    ] as const) {
      const browser = new Browser()
      await browser.request(await callbackFor(browser, name))
      assert.partialDeepStrictEqual(await (await me(browser)).json(), { subject: name, mfa: !needsMfa, needs_mfa: needsMfa })
      assert.equal((await browser.request(new URL('/v1/sessions', origin))).status, needsMfa ? 403 : 200)
    }
  },
  async 'signing out also signs out at the provider, which then asks for the user again'() {
    const browser = new Browser()
    const startSignIn = () => browser.follow(new URL('/v1/auth/oidc/start', origin), {}, isCallback)
    await browser.request(await callbackFor(browser, 'acme-fred'))
    assert.ok(isCallback((await startSignIn()).url), 'signed in at the provider: no form')
    const signedOut = await post(browser, '/v1/auth/sign-out')
    assert.equal(signedOut.status, 200)
    assert.equal((await me(browser)).status, 401)
    const { continue_at } = await signedOut.json()
    assert.equal(new URL(continue_at).origin, provider.issuer)
    assert.equal(new URL(continue_at).searchParams.get('post_logout_redirect_uri'), `${origin}/`)
    const confirmation = await browser.follow(new URL(continue_at))
    const out = await browser.submit(confirmation, { logout: 'yes' }, (url) => url.origin === origin)
    assert.equal(out.url.href, `${origin}/`)
    const afterwards = await startSignIn()
    assert.ok(!isCallback(afterwards.url), 'the provider confirmation again')
    assert.match(await afterwards.response.text(), /name="login"/)
    assert.equal((await post(browser, '/v1/auth/sign-out')).status, 204)
  },
  async "the provider's keys were fetched once in total"() {
    assert.equal(provider.keyRequests(), 1)
  },
}

let failed = 0
for (const [name, test] of Object.entries(tests)) {
  try {
    await test()
    console.log(`✓ ${name}`)
  } catch (error) {
    failed += 1
    console.log(`✗ ${name}\n${error instanceof Error ? error.stack : error}`)
  }
}
if (failed > 0) console.log(stack.output().split('\n').slice(-30).join('\n'))
await stack.stop()
await provider.close()
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
