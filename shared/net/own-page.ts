/** The address of a page of this app, for redirects. Pure. No other code may take the target of a redirect from a request. */

/** The longest address that fits into a cookie, in UTF-16 units. */
const maxUnits = 1_000

/** The first page, for every address that is refused. */
const startPage = '/'

/** Paths of the API, which are no pages. */
const apiPath = /^\/(v1|constitution|\.well-known)(\/|$)/i

/**
 * `to` as a path with its query, if it is a page of `origin`; else `/`. `parameters`: query parameters to set.
 * The result is parsed again. After dots and escapes are resolved, a path may begin with `//`, which names another host.
 */
export function ownPage(to: string, origin: string, parameters: Readonly<Record<string, string>> = {}): string {
  const page = parse(to, origin)
  if (page?.origin !== origin) return startPage
  for (const [name, value] of Object.entries(parameters)) page.searchParams.set(name, value)
  const path = `${page.pathname}${page.search}`
  const reparsed = parse(path, origin)
  const isSamePage = /^\/(?![/\\])/.test(path) && reparsed?.origin === origin && `${reparsed.pathname}${reparsed.search}` === path
  return isSamePage && path.length <= maxUnits && !isApi(page.pathname) ? path : startPage
}

const parse = (to: string, origin: string): URL | null => (URL.canParse(to, origin) ? new URL(to, origin) : null)

function isApi(path: string): boolean {
  try {
    // The router decodes a path before it chooses a route.
    return apiPath.test(path) || apiPath.test(decodeURIComponent(path))
  } catch {
    return true
  }
}
