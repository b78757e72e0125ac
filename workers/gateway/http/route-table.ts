/** The methods of each path, from the router's own table. Pure. */
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'

/** One route as the router lists it. Middleware has the method `ALL`. */
export interface ListedRoute {
  readonly method: string
  /** A pattern such as `/v1/sessions/:session`. */
  readonly path: string
}

interface Pattern {
  readonly segments: readonly string[]
  readonly methods: Set<string>
}

/** The most paths in the cache of methods, and the most characters of one. */
const maxPaths = 1_000
const maxPathLength = 200

export class RouteTable {
  /** Patterns by their number of segments. */
  readonly #patterns = new Map<number, Pattern[]>()
  /** The methods of paths that were requested and exist. */
  readonly #known = new BoundedMap<string, readonly string[]>(maxPaths)

  constructor(routes: readonly ListedRoute[]) {
    const byPath = new Map<string, Pattern>()
    for (const { method, path } of routes) {
      if (method === 'ALL') continue
      const listed = byPath.get(path)
      if (listed) {
        listed.methods.add(method)
        continue
      }
      const pattern = { segments: path.split('/'), methods: new Set([method]) }
      byPath.set(path, pattern)
      const { length } = pattern.segments
      this.#patterns.set(length, [...(this.#patterns.get(length) ?? []), pattern])
    }
  }

  /**
   * The methods that `path` accepts, sorted; empty: no route has this path. `GET` implies `HEAD`, and every path accepts `OPTIONS`
   * (RFC 9110 §9.3.2, §9.3.7).
   */
  methodsOf(path: string): readonly string[] {
    const known = this.#known.get(path)
    if (known) return known
    const methods = this.#match(path)
    if (methods.length > 0 && path.length <= maxPathLength) this.#known.set(path, methods)
    return methods
  }

  #match(path: string): readonly string[] {
    const parts = path.split('/')
    const methods = new Set<string>()
    for (const { segments, methods: accepted } of this.#patterns.get(parts.length) ?? []) {
      const matches = segments.every((segment, index) => (segment.startsWith(':') ? parts[index] !== '' : segment === parts[index]))
      if (matches) for (const method of accepted) methods.add(method)
    }
    if (methods.size === 0) return []
    if (methods.has('GET')) methods.add('HEAD')
    return [...methods.add('OPTIONS')].sort()
  }
}

/** `path` without one slash at its end. A path with it names the same route. */
export const withoutTrailingSlash = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)
