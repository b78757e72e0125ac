/** Which requests the service worker serves. Pure. Everything else goes to the network as if there were no worker. */

/** `page`: a navigation to the app. `part`: a file with a hash in its name. `file`: another file of the app. */
export type Route = 'page' | 'part' | 'file'

interface RequestLine {
  readonly method: string
  readonly mode: string
  readonly url: string
}

/** The paths that the app's router knows, as in the gateway. */
const appPath = /^\/(|docs|c\/[^/]+|settings(\/.*)?)$/

/** Null: the worker leaves the request alone. So it does with the API, its streams and the sign-in. `files`: paths of precached files. */
export function routeOf({ method, mode, url }: RequestLine, origin: string, files: ReadonlySet<string>): Route | null {
  const { origin: target, pathname } = new URL(url)
  if (method !== 'GET' || target !== origin) return null
  if (mode === 'navigate') return appPath.test(pathname) ? 'page' : null
  if (/^\/assets\/[^/]+$/.test(pathname)) return 'part'
  return files.has(pathname) && pathname !== '/' ? 'file' : null
}

/** The path of a conversation in the data of a notification. Anything else opens the start page. */
export const pathOfNotification = (data: unknown): string => {
  const path = typeof data === 'object' && data !== null && 'path' in data ? data.path : null
  return typeof path === 'string' && /^\/c\/[\w-]+$/.test(path) ? path : '/'
}
