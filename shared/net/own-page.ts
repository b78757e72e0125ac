/** The address of a page of this app, for redirects. Pure. No other code may choose where a redirect goes from what a client sent. */

/** Longer addresses do not fit into a cookie. */
const maxUnits = 1_000

/** The first page, for every address that is refused. */
const firstPage = '/'

/** Paths of the API, which are no pages. */
const api = /^\/(v1|constitution|\.well-known)(\/|$)/i

/**
 * `to` as a path with its query, if it is a page of `origin`; else `/`. `parameters`: query parameters to set.
 * The result is parsed again. After dots and escapes are resolved, a path may begin with `//`, which names another host.
 */
export function ownPage(to: string, origin: string, parameters: Readonly<Record<string, string>> = {}): string {
  const page = parse(to, origin)
  if (page?.origin !== origin) return firstPage
  for (const [name, value] of Object.entries(parameters)) page.searchParams.set(name, value)
  const path = `${page.pathname}${page.search}`
  const again = parse(path, origin)
  const stays = /^\/(?![/\\])/.test(path) && again?.origin === origin && `${again.pathname}${again.search}` === path
  return stays && path.length <= maxUnits && !isApi(page.pathname) ? path : firstPage
}

const parse = (to: string, origin: string): URL | null => (URL.canParse(to, origin) ? new URL(to, origin) : null)

function isApi(path: string): boolean {
  try {
    // The router decodes a path before it chooses a route.
    return api.test(path) || api.test(decodeURIComponent(path))
  } catch {
    return true
  }
}
