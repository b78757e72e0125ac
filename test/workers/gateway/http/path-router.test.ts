import type { Result, Router } from 'hono/router'
import { TrieRouter } from 'hono/router/trie-router'
import { describe, expect, it } from 'vitest'
import { PathRouter } from '../../../../workers/gateway/http/path-router.ts'
import gateway from '../../../../workers/gateway/worker.ts'
import { seededRandom } from '../../../chaos/random.ts'

interface RouteEntry {
  readonly method: string
  readonly path: string
}

/** The routes of the gateway, and shapes that it does not have yet. */
const routes: readonly RouteEntry[] = [
  ...gateway.routes.map(({ method, path }) => ({ method, path })),
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/a/:one/:two' },
  { method: 'ALL', path: '/a/:one/*' },
  { method: 'GET', path: '/a/:other/b' },
  { method: 'GET', path: '/a/b/:two' },
  { method: 'POST', path: '/:any' },
]

function build(router: Router<number>): Router<number> {
  for (const [index, { method, path }] of routes.entries()) router.add(method, path, index)
  return router
}

/** Handlers in order, with the values of their parameters. */
function resolved([handlers, stash]: Result<number>): [number, Record<string, string>][] {
  return handlers.map(([handler, params]) => [
    handler,
    Object.fromEntries(Object.entries(params).map(([name, value]) => [name, typeof value === 'number' ? (stash?.[value] ?? '') : value])),
  ])
}

describe('The router', () => {
  it('has the handlers, order and parameters of the TrieRouter for 20,000 random requests', () => {
    const [ours, trie] = [build(new PathRouter<number>()), build(new TrieRouter<number>())]
    const { random } = seededRandom(7)
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
    // A segment with the text `*` or `:session` makes the TrieRouter list handlers twice.
    const known = routes.flatMap(({ path }) => path.split('/')).filter((segment) => !/^[:*]/.test(segment))
    const words = ['', 'a', 'b', 'é', 'a'.repeat(300), ...known]
    let matched = 0
    for (let index = 0; index < 20_000; index += 1) {
      // The path of a URL begins with a slash.
      const segments = pick(routes)
        .path.slice(1)
        .split('/')
        .map((segment) => (/^[:*]/.test(segment) || random() < 0.1 ? pick(words) : segment))
      if (random() < 0.1) segments.push(pick(words))
      const path = `/${segments.join('/')}`
      const method = pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])
      const expected = resolved(trie.match(method, path))
      expect(resolved(ours.match(method, path)), `${method} ${path}`).toEqual(expected)
      if (expected.some(([handler]) => routes[handler]?.method === method)) matched += 1
    }
    expect(matched).toBeGreaterThan(2_000)
  })

  it('refuses a path that it does not know', () => {
    for (const path of ['/a/:b{[0-9]+}', '/a/:b?', '/a/*/c', '/a*', 'a'])
      expect(() => new PathRouter<number>().add('GET', path, 0), path).toThrow(path)
  })
})
