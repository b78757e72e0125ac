/** An OAuth 2.1 authorization server for one fake MCP server, which misbehaves by name. Refresh tokens work once. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FakeMcpServer } from './mcp-server.ts'

export interface FakeAuthorizationServer {
  readonly issuer: string
  /** `issuer`: its metadata is another's. `script`: its sign-in is a script. `inside`: its token endpoint is in a private network. */
  fault: 'none' | 'issuer' | 'script' | 'inside'
  /** Registrations, requests for tokens and refreshes so far. */
  readonly counts: { registrations: number; codes: number; refreshes: number }
  /** The `resource` of each authorization request. */
  readonly resources: (string | null)[]
  /** Lets the MCP server refuse the current access token. */
  expire(): void
  /** Lets every refresh token die. */
  revoke(): void
  close(): Promise<void>
}

/** How long a refresh takes, so that calls overlap. Milliseconds. */
const refreshMs = 100

export async function startAuthorizationServer(server: FakeMcpServer): Promise<FakeAuthorizationServer> {
  const attempts = new Map<string, URLSearchParams>()
  let refreshToken: string | undefined
  let issued = 0

  const tokens = () => {
    issued += 1
    server.key = `mcp-access-token-${issued}`
    refreshToken = `mcp-refresh-token-${issued}`
    return { access_token: server.key, token_type: 'Bearer', expires_in: 3_600, refresh_token: refreshToken, scope: 'sums' }
  }

  const web = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', fake.issuer)
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/.well-known/oauth-authorization-server') return send(200, metadata())
    if (url.pathname === '/register') {
      fake.counts.registrations += 1
      return send(201, { ...JSON.parse(await text(request)), client_id: `client-${fake.counts.registrations}` })
    }
    if (url.pathname === '/authorize') {
      const code = `mcp-code-${attempts.size}`
      attempts.set(code, url.searchParams)
      fake.resources.push(url.searchParams.get('resource'))
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      const answer = { code, state: url.searchParams.get('state') ?? '', iss: fake.issuer }
      for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value)
      return response.writeHead(302, { location: back.href }).end()
    }
    if (url.pathname !== '/token') return send(404, {})
    const form = new URLSearchParams(await text(request))
    if (form.get('grant_type') === 'refresh_token') {
      fake.counts.refreshes += 1
      await sleep(refreshMs)
      return form.get('refresh_token') === refreshToken ? send(200, tokens()) : send(400, { error: 'invalid_grant' })
    }
    fake.counts.codes += 1
    const code = form.get('code') ?? ''
    const attempt = attempts.get(code)
    attempts.delete(code)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight =
      attempt?.get('code_challenge') === challenge &&
      attempt.get('code_challenge_method') === 'S256' &&
      ['redirect_uri', 'resource', 'client_id'].every((name) => attempt.get(name) === form.get(name))
    return isRight ? send(200, tokens()) : send(400, { error: 'invalid_grant' })
  })

  const metadata = () => ({
    issuer: fake.fault === 'issuer' ? 'https://another.example' : fake.issuer,
    authorization_endpoint: fake.fault === 'script' ? 'javascript:alert(1)' : `${fake.issuer}/authorize`,
    token_endpoint: fake.fault === 'inside' ? 'https://10.0.0.1/token' : `${fake.issuer}/token`,
    registration_endpoint: `${fake.issuer}/register`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
  })

  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
  const fake: FakeAuthorizationServer = {
    issuer,
    fault: 'none',
    counts: { registrations: 0, codes: 0, refreshes: 0 },
    resources: [],
    expire() {
      server.key = 'mcp-access-token-none'
    },
    revoke() {
      refreshToken = undefined
    },
    close: () =>
      new Promise((resolve, reject) => {
        web.close((error) => (error ? reject(error) : resolve()))
        web.closeAllConnections()
      }),
  }
  server.key = 'mcp-access-token-none'
  server.authorizationServer = issuer
  return fake
}
