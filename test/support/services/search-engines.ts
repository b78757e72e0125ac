/** SearXNG and Brave's search API on one port: `/searxng` and `/brave`. Each refuses what the real one refuses, and has its form of results. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
export interface SeenSearch {
  readonly url: string
  readonly key: string | undefined
}

export interface SearchEngines {
  readonly origin: string
  readonly seen: SeenSearch[]
  close(): Promise<void>
}

/** The key that the fake of Brave accepts. */
export const braveKey = 'BSA-test-0123456789abcdef'

/** Fields of SearXNG's JSON API, as a server of 2026 sent them. */
const searxngResults = (query: string) => ({
  query,
  number_of_results: 0,
  results: [
    {
      title: `About ${query}`,
      url: 'https://a.example.com/1',
      content: 'First.',
      engine: 'stub',
      engines: ['stub'],
      score: 1,
      category: 'general',
      positions: [1],
      publishedDate: null,
    },
    { title: 'Second', url: 'https://a.example.com/2', content: null, engine: 'stub', engines: ['stub'], score: 0.5, category: 'general' },
  ],
  answers: [],
  infoboxes: [],
  suggestions: [],
  unresponsive_engines: [],
})

const braveResults = (query: string, count: number) => ({
  type: 'search',
  query: { original: query },
  web: {
    type: 'search',
    results: Array.from({ length: count }, (_, index) => ({
      title: `<strong>${query}</strong> ${index}`,
      url: `https://b.example.com/${index}`,
      description: `About <strong>${query}</strong>.`,
      age: '2026',
      profile: { name: 'b' },
    })),
  },
})

export async function startSearchEngines(): Promise<SearchEngines> {
  const seen: SeenSearch[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const key = request.headers['x-subscription-token']
    seen.push({ url: request.url ?? '', key: Array.isArray(key) ? key.join() : key })
    const send = (status: number, body: unknown, type = 'application/json') => {
      response.writeHead(status, { 'content-type': type })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    const query = url.searchParams.get('q')
    if (request.method !== 'GET' || query === null) return send(400, { error: 'bad request' })
    if (query === 'elsewhere') return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    if (query === 'garbage') return send(200, '<html>', 'text/html')
    if (query === 'busy') return send(429, {})
    if (url.pathname === '/searxng/search')
      return url.searchParams.get('format') === 'json' && key === undefined
        ? send(200, searxngResults(query))
        : send(403, 'Forbidden', 'text/html')
    if (url.pathname !== '/brave/res/v1/web/search') return send(404, {})
    const count = Number(url.searchParams.get('count'))
    if (key !== braveKey) return send(401, { type: 'ErrorResponse', error: { code: 'SUBSCRIPTION_TOKEN_INVALID', detail: `token ${key}` } })
    if (!(count >= 1 && count <= 20) || query.length > 400) return send(422, { type: 'ErrorResponse', error: { code: 'VALIDATION' } })
    send(200, braveResults(query, count))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}
