/**
 * The router of the gateway. It has the results of hono's TrieRouter, and also knows the methods of each path. Paths that match the same
 * patterns share one list of handlers, so a request costs a few comparisons. Pure. See docs/decisions/0018-the-gateway-has-its-own-router.md.
 */
import type { ParamIndexMap, Result, Router } from 'hono/router'

interface Route<T> {
  readonly method: string
  readonly pattern: Pattern
  readonly handler: T
}

/** A path of a route: segments that are literal, `:name`, or `*` at the end. */
interface Pattern {
  readonly index: number
  /** Without `*`. */
  readonly segments: readonly string[]
  /** Whether the pattern ends with `*`, and matches its own path and every path below. */
  readonly isOpen: boolean
  /** The segment of each parameter. */
  readonly params: ParamIndexMap
}

/** The result that paths with the same matching patterns share. */
interface Match<T> {
  readonly handlersOf: Map<string, [T, ParamIndexMap][]>
  readonly patterns: readonly Pattern[]
  readonly methods: readonly string[]
}

/** The middleware of all methods. */
const all = 'ALL'

export class PathRouter<T> implements Router<T> {
  readonly name = 'PathRouter'
  readonly #routes: Route<T>[] = []
  readonly #patterns = new Map<string, Pattern>()
  /** Patterns that can match a path, by its number of segments. */
  readonly #candidates = new Map<number, readonly Pattern[]>()
  /** By the indexes of the matched patterns. The routes bound the number of combinations, not the requests. */
  readonly #matches = new Map<string, Match<T>>()
  /** The last match. A request asks for its handlers, and then for the methods of the same path. */
  #last: { readonly path: string; readonly match: Match<T> } | undefined

  /** Adds a handler. Throws on a path that is not a `Pattern`. */
  add(method: string, path: string, handler: T): void {
    const pattern = this.#patterns.get(path) ?? parsePattern(path, this.#patterns.size)
    this.#patterns.set(path, pattern)
    this.#routes.push({ method, pattern, handler })
    this.#candidates.clear()
    this.#matches.clear()
    this.#last = undefined
  }

  match(method: string, path: string): Result<T> {
    const segments = path.split('/')
    const match = this.#matchOf(segments)
    this.#last = { path, match }
    const { handlersOf, patterns } = match
    let handlers = handlersOf.get(method)
    if (!handlers) {
      handlers = this.#routes
        .filter((route) => (route.method === method || route.method === all) && patterns.includes(route.pattern))
        .map(({ handler, pattern }) => [handler, pattern.params])
      handlersOf.set(method, handlers)
    }
    return [handlers, segments]
  }

  /**
   * The methods that `path` accepts, sorted; empty: no route has this path. `GET` implies `HEAD`, and every path accepts `OPTIONS`
   * (RFC 9110 §9.3.2, §9.3.7).
   */
  methodsOf(path: string): readonly string[] {
    const { methods } = this.#last?.path === path ? this.#last.match : this.#matchOf(path.split('/'))
    return methods
  }

  #matchOf(segments: readonly string[]): Match<T> {
    let candidates = this.#candidates.get(segments.length)
    if (!candidates) {
      candidates = [...this.#patterns.values()].filter((pattern) => canMatch(pattern, segments.length))
      // Longer paths match open patterns only, and are not cached: a path may have any length.
      if (candidates.some(({ isOpen }) => !isOpen)) this.#candidates.set(segments.length, candidates)
    }
    let key = ''
    for (const pattern of candidates) if (matches(pattern, segments)) key += `${pattern.index},`
    let match = this.#matches.get(key)
    if (!match) {
      const patterns = candidates.filter((pattern) => matches(pattern, segments))
      match = { handlersOf: new Map(), patterns, methods: this.#methodsOf(patterns) }
      this.#matches.set(key, match)
    }
    return match
  }

  #methodsOf(patterns: readonly Pattern[]): readonly string[] {
    const routes = this.#routes.filter(({ method, pattern }) => method !== all && patterns.includes(pattern))
    if (routes.length === 0) return []
    const methods = new Set(routes.map(({ method }) => method))
    if (methods.has('GET')) methods.add('HEAD')
    return [...methods.add('OPTIONS')].sort()
  }
}

function parsePattern(path: string, index: number): Pattern {
  const segments = path.split('/')
  const isOpen = segments.at(-1) === '*'
  if (isOpen) segments.pop()
  const names = segments.flatMap((segment, position) => (segment.startsWith(':') ? [[segment.slice(1), position] as const] : []))
  if (!path.startsWith('/') || segments.some((segment) => /[*?{}]|.:/.test(segment)))
    throw new Error(`the router does not know the path ${path}`)
  return { index, segments, isOpen, params: Object.assign(Object.create(null), Object.fromEntries(names)) }
}

const canMatch = ({ segments, isOpen }: Pattern, length: number): boolean =>
  isOpen ? segments.length <= length : segments.length === length

function matches({ segments }: Pattern, path: readonly string[]): boolean {
  for (let index = 0; index < segments.length; index += 1) {
    const expected = segments[index] as string
    const actual = path[index]
    if (expected !== actual && (actual === '' || !expected.startsWith(':'))) return false
  }
  return true
}

/** `path` without one slash at its end. A path with it names the same route. */
export const withoutTrailingSlash = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)
