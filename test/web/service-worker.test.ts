import { describe, expect, it } from 'vitest'
import { pathOfNotification, routeOf } from '../../web/worker/route.ts'

const origin = 'https://soma.test'
const files = new Set(['/', '/theme.js', '/manifest.webmanifest', '/assets/index-1.js'])
const route = (path: string, { method = 'GET', mode = 'navigate' } = {}) =>
  routeOf({ method, mode, url: new URL(path, origin).href }, origin, files)

describe('The service worker', () => {
  it.each(['/', '/?from=home', '/docs', '/c/0198-ab', '/settings', '/settings/', '/settings/limits'])('serves the page %s', (path) => {
    expect(route(path)).toBe('page')
  })

  it.each(['/assets/index-1.js', '/assets/Markdown-2.js'])('serves the part %s', (path) => {
    expect(route(path, { mode: 'cors' })).toBe('part')
  })

  it('serves the other files of the app', () => {
    expect(route('/theme.js', { mode: 'no-cors' })).toBe('file')
    expect(route('/icons/192.png', { mode: 'no-cors' })).toBeNull()
  })

  it.each([
    ['/v1/sessions', 'cors'],
    ['/v1/sessions/a/stream', 'cors'],
    ['/v1/auth/callback?code=1', 'navigate'],
    ['/v1/auth/dev', 'navigate'],
    ['/v1/me', 'cors'],
    ['/constitution/check', 'cors'],
    ['/openapi.json', 'cors'],
    ['/health', 'navigate'],
    ['/.well-known/jwks.json', 'cors'],
    ['/assets/../v1/me', 'cors'],
    ['/c/a/b', 'navigate'],
    ['/service-worker.js', 'same-origin'],
    ['https://elsewhere.test/', 'navigate'],
    ['https://elsewhere.test/assets/a.js', 'cors'],
  ])('leaves %s alone', (path, mode) => {
    expect(route(path, { mode })).toBeNull()
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'])('leaves %s requests alone', (method) => {
    expect(route('/', { method })).toBeNull()
    expect(route('/assets/index-1.js', { method, mode: 'cors' })).toBeNull()
  })

  it('opens only conversations from a notification', () => {
    expect(pathOfNotification({ path: '/c/0198-ab_c' })).toBe('/c/0198-ab_c')
    for (const data of [null, 'x', {}, { path: 1 }, { path: 'https://elsewhere.test/c/a' }, { path: '/c/a/../../v1' }, { path: '//e/c/a' }])
      expect(pathOfNotification(data)).toBe('/')
  })
})
