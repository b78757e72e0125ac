import { beforeAll, describe, expect, it } from 'vitest'
import { type Client, client } from '../client.ts'
import { type DescribedRoute, describedRoutes, fetchWith, fillPath } from './gateway-with.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
let routes: DescribedRoute[]
let alice: Client

beforeAll(async () => {
  routes = await describedRoutes()
  alice = await client('methods', 'alice', 'admin')
})

/** The described methods of each path. A filled path may match several patterns, as `/v1/sessions/message` does. */
const methodsOf = (path: string): string[] => {
  const matches = (pattern: string) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  const describedMethods = routes.filter((route) => matches(route.path)).map(({ method }) => method)
  return [...new Set([...describedMethods, 'OPTIONS', ...(describedMethods.includes('GET') ? ['HEAD'] : [])])].sort()
}

describe('A method that a path lacks', () => {
  it('is 405 with `Allow`, on every described path, with and without a token', async () => {
    const paths = [...new Set(routes.map(({ path }) => fillPath(path)))]
    expect(paths.length).toBeGreaterThan(50)
    for (const path of paths) {
      const allowed = methodsOf(path)
      for (const method of methods.filter((method) => !allowed.includes(method))) {
        for (const response of [await alice.call(method, path), await fetchWith(path, { method })]) {
          expect([method, path, response.status, response.headers.get('allow')]).toEqual([method, path, 405, allowed.join(', ')])
          if (method !== 'HEAD') expect(await response.json()).toMatchObject({ type: '/problems/method_not_allowed', status: 405 })
        }
      }
    }
  })

  it('is 405 on paths that the document leaves out', async () => {
    for (const path of ['/live', '/healthz', '/ready', '/openapi.json', '/.well-known/jwks.json']) {
      const response = await fetchWith(path, { method: 'POST' })
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD, OPTIONS'])
    }
    expect((await fetchWith('/v1/session/message', { method: 'GET' })).headers.get('allow')).toBe('OPTIONS, POST')
  })

  it('is 404 on an unknown path', async () => {
    for (const method of methods.filter((method) => method !== 'HEAD')) {
      expect((await alice.call(method, '/v1/nothing')).status).toBe(404)
      expect((await alice.call(method, '/v1/sessions/x/nothing')).status).toBe(404)
    }
  })
})

describe('OPTIONS', () => {
  it('names the methods of every described path, without a token', async () => {
    for (const path of new Set(routes.map(({ path }) => fillPath(path)))) {
      const response = await fetchWith(path, { method: 'OPTIONS' })
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 204, methodsOf(path).join(', ')])
      expect(await response.text()).toBe('')
    }
  })
})

describe('HEAD', () => {
  it('has the status and headers of GET, and no body', async () => {
    const { session_id } = (await (await alice.call('POST', '/v1/sessions/message', { message: 'Hello' })).json()) as { session_id: string }
    for (const path of [
      '/v1/health',
      '/v1/sessions',
      `/v1/sessions/${session_id}/events?stream=true`,
      `/v1/sessions/${session_id}/history`,
    ]) {
      const [head, get] = [await alice.call('HEAD', path), await alice.call('GET', path)]
      expect([path, head.status, head.headers.get('content-type')]).toEqual([path, 200, get.headers.get('content-type')])
      expect(await head.text()).toBe('')
      await get.body?.cancel()
    }
    expect((await alice.call('HEAD', '/v1/sessions/nothing')).status).toBe(404)
  })
})

describe('A slash at the end of a path', () => {
  it('changes neither status nor content type, for every GET', async () => {
    for (const { path } of routes.filter(({ method }) => method === 'GET')) {
      const [plain, slashed] = [await alice.call('GET', fillPath(path)), await alice.call('GET', `${fillPath(path)}/`)]
      expect([path, slashed.status, slashed.headers.get('content-type')]).toEqual([path, plain.status, plain.headers.get('content-type')])
      await Promise.all([plain.body?.cancel(), slashed.body?.cancel()])
    }
  })

  it('is accepted by requests with a body and by aliases', async () => {
    const sent = await alice.call('POST', '/v1/sessions/message/', { message: 'Hello' })
    expect(sent.status).toBe(200)
    const { session_id } = (await sent.json()) as { session_id: string }
    expect(await (await alice.call('PATCH', `/v1/sessions/${session_id}/`, { title: 'A name' })).json()).toMatchObject({ title: 'A name' })
    for (const path of ['/live/', '/health/', '/ready/', '/openapi.json/'])
      expect([path, (await fetchWith(path, {})).status]).toEqual([path, 200])
    expect((await alice.call('DELETE', `/v1/sessions/${session_id}/`)).status).toBe(204)
  })

  it('leaves two slashes, which name no route', async () => {
    expect((await alice.call('GET', '/v1/sessions//')).status).toBe(404)
  })
})
