import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { earlyFetch } from '../../web/src/state/early.ts'

const early = new Response('early')
const get = { method: 'GET' }

beforeEach(() => {
  vi.stubGlobal('window', { somaMe: Promise.resolve(early) })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('asked')))
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const textOf = async (response: Promise<Response>) => (await response).text()

describe('The early response', () => {
  it('is taken by the first request for the signed-in user, once', async () => {
    expect(await earlyFetch('/v1/me', get)).toBe(early)
    expect(await textOf(earlyFetch('/v1/me', get))).toBe('asked')
  })

  it('is not taken after another request, which may have changed who is signed in', async () => {
    expect(await textOf(earlyFetch('/v1/auth/dev', { method: 'POST' }))).toBe('asked')
    expect(await textOf(earlyFetch('/v1/me', get))).toBe('asked')
  })

  it('is not awaited: a script that comes later finds that the app has asked', async () => {
    vi.stubGlobal('window', {})
    expect(await textOf(earlyFetch('/v1/me', get))).toBe('asked')
    expect(window.somaMe).toBeNull()
  })
})
