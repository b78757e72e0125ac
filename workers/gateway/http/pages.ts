/** Paths without a route: the web app's pages, or 404. */
import type { GatewayContext } from './context.ts'
import { problem } from './problem.ts'
import { publicAddress } from './public-url.ts'

/** Whether the request is a browser's navigation to a page of the app: neither API nor file. */
function isPage(c: GatewayContext): boolean {
  const page = c.req.method === 'GET' && c.req.header('accept')?.includes('text/html') === true
  return page && !/^\/(v1|constitution|assets)\//.test(c.req.path)
}

/** Serves the app for a page, which it routes itself. Anything else is 404. */
export async function pageOrNotFound(c: GatewayContext): Promise<Response> {
  if (!isPage(c)) return problem(c, { kind: 'not_found' })
  const app = await c.env.ASSETS.fetch(publicAddress(c, '/'))
  // A copy: a fetched response accepts no further headers.
  return new Response(app.body, app)
}
