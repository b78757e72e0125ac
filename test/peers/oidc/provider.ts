/**
 * `oidc-provider` on loopback, with one client. The typed name is the user, and its part before the dash is the tenant.
 * A name that ends in `-strong` signs in with a second factor.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The part of the provider that we use. Its own types are not installed in the project. */
interface Login {
  readonly accountId: string
  readonly amr?: readonly string[]
}
interface ProviderClass {
  new (
    issuer: string,
    configuration: object,
  ): {
    callback(): (request: unknown, response: unknown) => void
    readonly Session: { readonly prototype: { loginAccount(this: unknown, login: Login): unknown } }
  }
}

export interface RunningProvider {
  readonly issuer: string
  /** Number of requests for its keys. */
  keyRequests(): number
  /** Sets the redirect address of the client. */
  redirectTo(address: string): void
  close(): Promise<void>
}

export const clientId = 'soma'
export const clientSecret = 'a-secret-of-this-test-alone-0123456789'

export async function startProvider(): Promise<RunningProvider> {
  const { default: Provider } = (await import('oidc-provider' as string)) as { default: ProviderClass }
  let handle: (request: unknown, response: unknown) => void = () => undefined
  let keyRequests = 0
  const server = createServer((request, response) => {
    if (request.url === '/jwks') keyRequests += 1
    handle(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    issuer,
    keyRequests: () => keyRequests,
    redirectTo(address) {
      const provider = new Provider(issuer, {
        clients: [
          {
            client_id: clientId,
            client_secret: clientSecret,
            redirect_uris: [address],
            post_logout_redirect_uris: [new URL('/', address).href],
            grant_types: ['authorization_code'],
          },
        ],
        claims: { openid: ['sub', 'org', 'amr'], profile: ['name'], email: ['email'] },
        conformIdTokenClaims: false,
        pkce: { required: () => true },
        cookies: { keys: ['test'] },
        features: { devInteractions: { enabled: true } },
        findAccount: (_: unknown, id: string) => ({
          accountId: id,
          claims: () => ({
            ...(id.endsWith('-strong') && { amr: ['pwd', 'mfa'] }),
            sub: id,
            org: id.split('-')[0],
            name: `Person ${id}`,
            email: `${id}@example.com`,
          }),
        }),
      })
      // The development sign-in form sets no `amr`. This adds what a real one would.
      const { loginAccount } = provider.Session.prototype
      provider.Session.prototype.loginAccount = function (this: unknown, login) {
        return loginAccount.call(this, { ...login, ...(login.accountId.endsWith('-strong') && { amr: ['pwd', 'mfa'] }) })
      }
      handle = provider.callback()
    },
    close: () => new Promise((done) => server.close(() => done())),
  }
}
