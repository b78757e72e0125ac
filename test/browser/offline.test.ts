/** The installed app: its manifest, its service worker, new versions, and conversations that are read without a network. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { button, composer, eventually, seed, settled, textsBy, turns } from './chat.ts'

const fixture = setUpBrowser()

/** A visitor with a service worker that is ready. */
async function installed(options: Parameters<typeof fixture.visitor>[0] = {}) {
  const visitor = await fixture.visitor({ serviceWorkers: 'allow', ...options })
  await ready(visitor.page)
  return visitor
}

/** Waits until the worker has kept the app, and serves it. */
const ready = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready
    if (active !== null && active.state !== 'activated')
      await new Promise<void>((resolve) => active.addEventListener('statechange', () => active.state === 'activated' && resolve()))
  })

/** What is stored for reading offline, by session. */
const stored = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    // Opening it would create it.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'soma.offline')) return []
    return new Promise<string[]>((resolve, reject) => {
      const request = indexedDB.open('soma.offline')
      request.onerror = () => reject(request.error)
      request.onsuccess = () => {
        const database = request.result
        const all = database.transaction('copies').objectStore('copies').getAllKeys()
        all.onsuccess = () => {
          database.close()
          resolve(all.result.map(String))
        }
      }
    })
  })
const isStored = (page: Page, ids: readonly string[]) =>
  eventually(async () => expect((await stored(page)).sort()).toEqual([...ids].sort()), 30_000)

/** Serves the built app and an empty account. `deploy` replaces it by a build with another page and another worker. */
async function startBuilds() {
  const dist = join(root, 'web/dist')
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const pageOf = (build: number) => page.replace('<head>', `<head><meta name="build" content="${build}">`)
  const integrityOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
  const script = readFileSync(join(dist, 'service-worker.js'), 'utf8')
  const first = script.replaceAll(integrityOf(page), integrityOf(pageOf(1)))
  const second = script.replaceAll(integrityOf(page), integrityOf(pageOf(2))).replaceAll(/(shell|parts)\.[0-9a-f]{12}/g, '$1.0123456789ab')
  expect(new Set([script, first, second]).size).toBe(3)
  let build = 1
  const me = { tenant: 'acme', subject: 'dora', role: 'member', expires_at: Date.now() + 3_600_000, mfa: false, needs_mfa: false }
  const answers: Readonly<Record<string, unknown>> = {
    '/v1/me': me,
    '/v1/sessions': { sessions: [], next_cursor: null },
    '/v1/shared-sessions': { sessions: [] },
  }
  const types = {
    js: 'text/javascript',
    css: 'text/css',
    svg: 'image/svg+xml',
    woff2: 'font/woff2',
    webmanifest: 'application/manifest+json',
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const send = (type: string, body: string | Buffer, status = 200) => response.writeHead(status, { 'content-type': type }).end(body)
    if (pathname.startsWith('/v1/'))
      return send('application/json', JSON.stringify(answers[pathname] ?? {}), pathname in answers ? 200 : 404)
    if (pathname === '/service-worker.js') return send('text/javascript', build === 1 ? first : second)
    const type = Object.entries(types).find(([end]) => pathname.endsWith(`.${end}`))?.[1]
    return type === undefined ? send('text/html', pageOf(build)) : send(type, readFileSync(join(dist, pathname)))
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    deploy: () => {
      build = 2
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

describe('The app', () => {
  it('can be installed: Chromium finds no fault in its manifest', async () => {
    const { page, context } = await installed()
    const session = await context.newCDPSession(page)
    const { url, data, errors } = await session.send('Page.getAppManifest')
    expect(errors).toEqual([])
    expect(new URL(url).pathname).toBe('/manifest.webmanifest')
    expect(JSON.parse(data ?? '')).toMatchObject({ id: '/', start_url: '/', scope: '/', display: 'standalone' })
    // A private context cannot install anything. Chromium says so, and nothing else.
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([])
    for (const { src, sizes } of JSON.parse(data ?? '').icons) {
      const response = await context.request.get(src)
      expect([src, response.status()]).toEqual([src, 200])
      if (!src.endsWith('.png')) continue
      expect(response.headers()['content-type']).toBe('image/png')
      const png = await response.body()
      expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(sizes)
    }
    const manifest = await context.request.get('/manifest.webmanifest')
    expect(manifest.headers()['content-type']).toContain('application/manifest+json')
    const worker = await context.request.get('/service-worker.js')
    expect(worker.headers()).toMatchObject({ 'cache-control': 'no-cache', 'content-type': expect.stringContaining('javascript') })
  })

  it('opens without a network, lists what is saved, and shows it for reading', async () => {
    const { page, api } = await installed()
    const first = await seed(api, 2)
    const second = await seed(api, 1)
    await page.reload()
    await isStored(page, [first, second])
    fixture.proxy.down()
    await page.goto('/')
    await eventually(async () => expect(await page.getByTestId('session-row').count()).toBe(2))
    await page.getByText('only the conversations that are saved in this browser').waitFor()
    await page.locator(`a[data-session="${first}"]`).click()
    await page
      .getByTestId('saved-banner')
      .getByText(/^Offline: saved copy of \d/)
      .waitFor()
    await eventually(async () => expect(await turns(page).count()).toBe(2))
    expect(await page.getByTestId('regenerate').filter({ visible: true }).count()).toBe(0)

    // What the user writes waits, as without a copy, and the log replaces the copy.
    await composer(page).fill('Written in the tunnel')
    await button(page, 'Send message').click()
    await page.getByText('Waiting for the connection…').waitFor()
    fixture.proxy.up()
    await settled(page, 3)
    expect((await textsBy(api, first, 'user')).at(-1)).toBe('Written in the tunnel')
    await eventually(async () => expect(await page.getByTestId('saved-banner').count()).toBe(0))
    // A conversation by its address, after a reload.
    fixture.proxy.down()
    await page.goto(`/c/${second}`)
    await eventually(async () => expect(await turns(page).count()).toBe(1))
  })

  it('forgets a conversation that is deleted, or that is shared no longer', async () => {
    const { page, api } = await installed()
    const owner = await fixture.visitor()
    const own = await seed(api, 1)
    const shared = await seed(owner.api, 1)
    const me = await (await api.call('GET', '/v1/me')).json()
    const tuple = { object: `session:${shared}`, relation: 'viewer', user: `user:${me.subject}` }
    const given = await owner.api.call('POST', '/v1/relations', { writes: [tuple], deletes: [] })
    expect(given.ok, await given.text()).toBe(true)
    await page.reload()
    await isStored(page, [own, shared])
    await owner.api.call('POST', '/v1/relations', { writes: [], deletes: [tuple] })
    await page.reload()
    await isStored(page, [own])
    await api.call('DELETE', `/v1/sessions/${own}`)
    await page.reload()
    await isStored(page, [])
  })

  it('erases everything at the sign-out, and shows a second user nothing of the first', async () => {
    const { page, context, api } = await installed()
    const session = await seed(api, 1)
    await page.reload()
    await isStored(page, [session])
    await page.getByTestId('account').click()
    await page.getByTestId('sign-out').click()
    await button(page, 'Continue as developer').waitFor()
    expect(await stored(page)).toEqual([])
    fixture.proxy.down()
    await page.goto(`/c/${session}`)
    await page.getByTestId('unavailable').waitFor()
    fixture.proxy.up()

    // Without a sign-out: the session of the first one is replaced.
    for (const subject of ['first', 'second']) {
      const signedIn = await context.request.post('/v1/auth/dev', { data: { tenant: fixture.tenant, subject: `${subject}-here` } })
      expect(signedIn.ok()).toBe(true)
      await page.goto('/')
      await composer(page).waitFor()
      if (subject === 'second') break
      await composer(page).fill('Of the first user')
      await button(page, 'Send message').click()
      await settled(page, 1)
      await eventually(async () => expect(await stored(page)).toHaveLength(1), 30_000)
    }
    await isStored(page, [])
    fixture.proxy.down()
    await page.goto('/')
    await page.getByText('only the conversations that are saved in this browser').waitFor()
    expect(await page.getByTestId('session-row').count()).toBe(0)
  })

  it('is not kept when the user switches that off', async () => {
    const { page, api } = await installed()
    const session = await seed(api, 1)
    await page.reload()
    await isStored(page, [session])
    await page.goto('/settings/browser')
    await page.getByTestId('keep-offline').uncheck()
    await isStored(page, [])
    await eventually(async () =>
      expect(
        await page.evaluate(async () => [
          (await navigator.serviceWorker.getRegistrations()).length,
          (await caches.keys()).filter((name) => name.startsWith('soma.')).length,
        ]),
      ).toEqual([0, 0]),
    )
    await page.getByTestId('keep-offline').check()
    await ready(page)
  })

  it('keeps no response of the API', async () => {
    const { page } = await installed()
    await page.goto('/settings/account')
    await page.getByRole('heading', { level: 1 }).waitFor()
    const urls = await page.evaluate(async () => {
      const requests = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
      return requests.flat().map(({ url }) => new URL(url).pathname)
    })
    expect(urls).toContain('/')
    expect(urls.filter((path) => !/^\/($|assets\/|(early|theme)\.js$|favicon\.svg$|manifest\.webmanifest$)/.test(path))).toEqual([])
  })

  it('offers a new version, and reloads only when the user wants it', async () => {
    const builds = await startBuilds()
    try {
      const context = await fixture.newContext({ serviceWorkers: 'allow', baseURL: builds.url })
      const page = await context.newPage()
      await page.goto('/')
      await ready(page)
      await page.reload()
      const build = () => page.locator('meta[name="build"]').getAttribute('content')
      expect(await build()).toBe('1')
      builds.deploy()
      await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
      await page.getByTestId('update-notice').getByText('A new version is ready').waitFor()
      // The page goes on as it is.
      expect(await build()).toBe('1')
      await page.getByTestId('update-reload').click()
      await eventually(async () => expect(await build()).toBe('2'))
      await eventually(async () =>
        expect((await page.evaluate(() => caches.keys())).filter((name) => name.includes('shell'))).toEqual(['soma.shell.0123456789ab']),
      )
      // The new version is what opens without a network.
      await builds.close()
      await page.goto('/c/anything')
      expect(await build()).toBe('2')
    } finally {
      await builds.close()
    }
  })
})
