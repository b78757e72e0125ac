/** Paths without a route: the web app's pages, or 404. */
import type { GatewayContext } from './context.ts'
import { problem } from './problem.ts'
import { publicAddress } from './public-url.ts'

/** The paths that the app's router knows. Links to them also work for programs that accept any media type. */
const appPath = /^\/(docs|c\/[^/]+|settings(\/.*)?)$/

/** Whether the request is a navigation to a page of the app: neither API nor file. */
function isPage(c: GatewayContext): boolean {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return false
  const accept = c.req.header('accept') ?? '*/*'
  if (appPath.test(c.req.path)) return accept.includes('text/html') || accept.includes('*/*')
  return accept.includes('text/html') && !/^\/(v1|constitution|assets)\//.test(c.req.path)
}

/** The methods of a page. */
const pageMethods = ['GET', 'HEAD', 'OPTIONS']

/** Serves the app for a page, which it routes itself. Another method of a page is 405. Anything else is 404. */
export async function pageOrNotFound(c: GatewayContext): Promise<Response> {
  const { method, path } = c.req
  if (appPath.test(path) && method === 'OPTIONS') return c.body(null, 204, { allow: pageMethods.join(', ') })
  if (appPath.test(path) && !pageMethods.includes(method)) return problem(c, { kind: 'method_not_allowed', method, allowed: pageMethods })
  if (!isPage(c)) return problem(c, { kind: 'not_found' })
  const app = await c.env.ASSETS.fetch(publicAddress(c, '/'))
  // A copy: a fetched response accepts no further headers.
  return new Response(app.body, app)
}
