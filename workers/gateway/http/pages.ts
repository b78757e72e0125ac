/** Paths that no route has: the web app's pages, or 404. */
import type { GatewayContext } from './context.ts'
import { problem } from './problem.ts'

/** A page of the app: a browser's navigation to a path outside of the API and the files. */
function isPage(c: GatewayContext): boolean {
  const page = c.req.method === 'GET' && c.req.header('accept')?.includes('text/html') === true
  return page && !/^\/(v1|constitution|assets)\//.test(c.req.path)
}

/** Answers a page with the app, which routes it itself, and anything else with 404. */
export async function pageOrNotFound(c: GatewayContext): Promise<Response> {
  if (!isPage(c)) return problem(c, { kind: 'not_found' })
  const app = await c.env.ASSETS.fetch(new URL('/', c.req.url))
  // A copy: a fetched response takes no further headers.
  return new Response(app.body, app)
}
