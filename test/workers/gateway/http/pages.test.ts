import { describe, expect, it } from 'vitest'
import { fetchWith } from './gateway-with.ts'

/** The files of the app. */
const ASSETS = { fetch: async () => new Response('<!doctype html>the app', { headers: { 'content-type': 'text/html' } }) }
const fetchPage = (path: string, accept?: string, method = 'GET') =>
  fetchWith(path, { method, headers: accept === undefined ? {} : { accept } }, { ASSETS } as unknown as Partial<GatewayEnv>)

describe('A page of the app', () => {
  it.each(['/docs', '/docs/', '/c/first', '/settings', '/settings/users'])('%s is served to browsers and to programs', async (path) => {
    for (const accept of ['text/html,application/xhtml+xml', '*/*', undefined])
      expect([accept, await (await fetchPage(path, accept)).text()]).toEqual([accept, '<!doctype html>the app'])
    expect((await fetchPage(path, '*/*', 'HEAD')).status).toBe(200)
    expect((await fetchPage(path, 'application/json')).status).toBe(404)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const response = await fetchPage(path, '*/*', method)
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD, OPTIONS'])
    }
    const options = await fetchPage(path, '*/*', 'OPTIONS')
    expect([options.status, options.headers.get('allow'), await options.text()]).toEqual([204, 'GET, HEAD, OPTIONS', ''])
  })

  it('is served to a browser on an unknown path, which the app answers itself', async () => {
    expect((await fetchPage('/nothing', 'text/html')).status).toBe(200)
    expect((await fetchPage('/nothing', '*/*')).status).toBe(404)
  })

  it('is not served on a path of the API', async () => {
    for (const path of ['/v1/nothing', '/constitution/nothing', '/assets/nothing.js'])
      expect([path, (await fetchPage(path, 'text/html')).headers.get('content-type')]).toEqual([path, 'application/problem+json'])
  })
})
