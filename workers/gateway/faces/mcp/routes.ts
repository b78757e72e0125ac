/** The face of the Model Context Protocol: `/mcp`, in the revisions of 2025 and 2026, without a session of its own. */
import type { McpHttpHandler } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { readJson } from '../../http/body.ts'
import type { Gateway, GatewayContext } from '../../http/context.ts'
import { ownAddress } from '../../http/public-url.ts'
import type { ApiRequest } from './tools.ts'

/** The path of the face. */
export const mcpPath = '/mcp'

/** The headers of a credential. They go along with the requests of our own API. */
const credentialHeaders = ['authorization', 'cookie', 'x-csrf-token', 'origin'] as const

/** Serves a request of our own API inside of this isolate. */
export type ServeApi = (request: Request, c: GatewayContext) => Promise<Response>

/** The routes. `serve`: the whole gateway. */
export function mcpFaceRoutes(serve: ServeApi) {
  const handlerOf = async (c: GatewayContext): Promise<McpHttpHandler> => {
    // Its code is evaluated when the first client comes.
    const [{ createMcpHandler }, { mcpServer }] = await Promise.all([import('@modelcontextprotocol/server'), import('./server.ts')])
    const headers = new Headers()
    for (const name of credentialHeaders) {
      const value = c.req.header(name)
      if (value !== undefined) headers.set(name, value)
    }
    const callApi = ({ method, path, body }: ApiRequest) => {
      const init = body === undefined ? { method, headers } : { method, headers: withJson(headers), body: JSON.stringify(body) }
      return serve(new Request(ownAddress(c, path), init), c)
    }
    return createMcpHandler(() => mcpServer(callApi, '1'))
  }
  return new Hono<Gateway>().post(mcpPath, async (c) => {
    const parsedBody = await readJson(c)
    const { fetch } = await handlerOf(c)
    return fetch(new Request(ownAddress(c, mcpPath), { method: 'POST', headers: c.req.raw.headers }), { parsedBody })
  })
}

function withJson(headers: Headers): Headers {
  const all = new Headers(headers)
  all.set('content-type', 'application/json')
  return all
}
