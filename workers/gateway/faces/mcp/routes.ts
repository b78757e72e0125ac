/** The face of the Model Context Protocol: `/mcp`, in the revisions of 2025 and 2026, without a session of its own. */
import { Hono } from 'hono'
import { readVariable } from '../../../../shared/settings/variables.ts'
import { readJson } from '../../http/body.ts'
import type { Gateway, GatewayContext } from '../../http/context.ts'
import { problem } from '../../http/problem.ts'
import { ownAddress, publicUrl } from '../../http/public-url.ts'
import { ownApi, type ServeApi } from '../own-api.ts'
import { mcpPath } from './protected-resource.ts'

/** The routes. `serve`: the whole gateway. */
export function mcpFaceRoutes(serve: ServeApi) {
  return new Hono<Gateway>().post(mcpPath, async (c) => {
    if (isForeignPage(c)) return problem(c, { kind: 'origin_not_allowed' })
    const parsedBody = await readJson(c)
    // Its code is evaluated when the first client comes.
    const [{ createMcpHandler }, { mcpServer }] = await Promise.all([import('@modelcontextprotocol/server'), import('./server.ts')])
    const { fetch } = createMcpHandler(() => mcpServer(ownApi(c, serve), '1'))
    return fetch(new Request(ownAddress(c, mcpPath), { method: 'POST', headers: c.req.raw.headers }), { parsedBody })
  })
}

/** Whether a page of another origin sends the request. A page of `SOMA_CORS_ORIGINS` may. The protocol asks for this check. */
function isForeignPage(c: GatewayContext): boolean {
  const origin = c.req.header('origin')
  return origin !== undefined && origin !== publicUrl(c).origin && !readVariable(c.env, 'SOMA_CORS_ORIGINS').includes(origin)
}
