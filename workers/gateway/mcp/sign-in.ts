/**
 * Sign-ins at MCP servers. The authorization server sends the browser to a public address, which this site's cookies do not reach: they are
 * of the same site only. That address answers with a page that goes on to a protected one.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { FinishMcpServerSignIn, McpServerPath, McpServerSignIn, StartMcpServerSignIn } from '../../../shared/api/mcp-servers.ts'
import { ownPage } from '../../../shared/net/own-page.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { mcpConnector } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { publicAddress, publicUrl } from '../http/public-url.ts'
import { createRoute } from '../http/route.ts'

const tags = ['MCP servers']
const callbackPath = '/v1/auth/mcp/callback'
const finishPath = '/v1/mcp-sign-ins/finish'
/** The page of the app that starts a sign-in. */
const appPage = '/settings/tools'
/** The longest query that goes on, in UTF-16 units. */
const maxQuery = 4_000

const start = createRoute({
  method: 'post',
  path: '/v1/mcp-servers/{server}/sign-in',
  tags,
  summary: 'Start a sign-in at an MCP server',
  description:
    "OAuth 2.1: the server's metadata is read, and a client registered, unless one is named. Open `url` in the browser of the user who called this. It returns to the settings of the app. The tokens serve the whole workspace, and no one can read them.",
  request: { params: McpServerPath, body: jsonBody(StartMcpServerSignIn) },
  responses: { 200: json(McpServerSignIn, 'Where the browser goes'), ...problems(400, 401, 403, 404, 503) },
})

const callback = createRoute({
  method: 'get',
  path: callbackPath,
  // The authorization server chooses the parameters.
  openQuery: true,
  tags,
  summary: 'Return from a sign-in at an MCP server',
  security: [],
  responses: { 200: { description: 'A page that goes on to the end of the sign-in' } },
})

const finish = createRoute({
  method: 'get',
  path: finishPath,
  // As above.
  openQuery: true,
  tags,
  summary: 'End a sign-in at an MCP server',
  description: 'Works once, with the credential that started the sign-in.',
  request: { query: FinishMcpServerSignIn },
  responses: {
    303: { description: 'Redirect to the app. `?mcp_sign_in=` says `signed_in`, `cancelled`, `expired` or `failed`.' },
    ...problems(400, 401, 403, 503),
  },
})

/** The browser and credential of a sign-in. */
const holderOf = (c: GatewayContext): string => {
  const { subject, via, ids } = c.var.principal
  return JSON.stringify([subject, via, ids.sid ?? ids.key ?? ids.jti ?? null])
}

/** The public part: it knows nobody, and keeps nothing. */
export const mcpCallbackRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(callback, (c) => {
  const query = publicUrl(c).search
  const address = `${finishPath}${query.length > maxQuery ? '' : query}`.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return c.body(`<!doctype html><meta http-equiv="refresh" content="0;url=${address}"><title>Soma</title>`, 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
})

export const mcpSignInRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(start, async (c) => {
    const { server } = c.req.valid('param')
    const { client } = c.req.valid('json')
    const redirect = publicAddress(c, callbackPath)
    const request = { server, holder: holderOf(c), redirect, client: client ? { id: client.id, secret: client.secret ?? null } : null }
    const started = await mcpConnector(c).startSignIn(c.var.principal.tenant, request)
    if (!started) return problem(c, { kind: 'not_found' })
    if (!started.ok) return problem(c, { kind: 'invalid', errors: [{ pointer: '', detail: started.error }] })
    return c.json(started.value, 200)
  })
  .openapi(finish, async (c) => {
    const { state, code, iss, error } = c.req.valid('query')
    const request = {
      holder: holderOf(c),
      redirect: publicAddress(c, callbackPath),
      state,
      code: error === undefined ? (code ?? null) : null,
      iss: iss ?? null,
    }
    const { server, outcome } = await mcpConnector(c).finishSignIn(c.var.principal.tenant, request)
    await recordAudit(c, { action: 'mcp.server.update', target: `mcp:${server ?? 'unknown'}`, outcome })
    return c.redirect(ownPage(appPage, publicUrl(c).origin, { mcp_sign_in: outcome, ...(server !== null && { server }) }), 303)
  })
