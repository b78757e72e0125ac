/**
 * The service worker keeps the files of the app, so that it opens without a network. It opens the conversation of a notification.
 * It stores no response of the API. Navigations ask the network first, so a deployment shows at the next navigation.
 * Written without Workbox: these rules are shorter than its configuration, and its modules would be 10 KiB more for every browser.
 */
import { pathOfNotification, routeOf } from './route.ts'

declare const self: ServiceWorkerGlobalScope
/** Set by the build (web/build/service-worker.ts). */
declare const PRECACHE: readonly { readonly url: string; readonly integrity: string }[]
declare const VERSION: string

const prefix = 'soma.'
/** The files of this version. */
const shell = `${prefix}shell.${VERSION}`
/** Parts that were loaded later, such as diagrams. */
const parts = `${prefix}parts.${VERSION}`
/** Most of these parts. The oldest one is dropped. */
const maxParts = 120
/** How long a navigation waits for the network while there is a copy. */
const networkMs = 3_000

const list = PRECACHE
const files = new Set(list.map(({ url }) => url))

self.addEventListener('install', (event) => event.waitUntil(precache()))
self.addEventListener('activate', (event) => event.waitUntil(activate()))
self.addEventListener('fetch', (event) => {
  switch (routeOf(event.request, self.location.origin, files)) {
    case 'page':
      event.respondWith(networkFirst('/', pageFromNetwork(event)))
      return
    case 'file':
      event.respondWith(networkFirst(new URL(event.request.url).pathname, fetch(event.request)))
      return
    case 'part':
      event.respondWith(cacheFirst(event.request))
  }
})
self.addEventListener('message', ({ data }) => {
  // The user chose to reload.
  if (data === 'activate') void self.skipWaiting()
})
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(openPage(pathOfNotification(event.notification.data)))
})

/** Loads the files of this version. A file of another version has another hash: the installation fails, and is tried again later. */
async function precache(): Promise<void> {
  const cache = await caches.open(shell)
  await Promise.all(
    list.map(async ({ url, integrity }) => {
      const response = await fetch(url, { integrity, cache: url.startsWith('/assets/') ? 'default' : 'no-cache' })
      if (!response.ok || response.redirected) throw new Error(`${url}: ${response.status}`)
      await cache.put(url, response)
    }),
  )
}

/** Removes the files of earlier versions. */
async function activate(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith(prefix) && name !== shell && name !== parts).map((name) => caches.delete(name)))
  await self.registration.navigationPreload?.enable()
  await self.clients.claim()
}

async function pageFromNetwork(event: FetchEvent): Promise<Response> {
  return ((await event.preloadResponse) as Response | undefined) ?? fetch(event.request)
}

/** The network's response, or the copy of `url` if the network is slow, absent or broken. */
async function networkFirst(url: string, network: Promise<Response>): Promise<Response> {
  const response = network.catch(() => null)
  const fresh = await Promise.race([response, new Promise<null>((resolve) => setTimeout(resolve, networkMs, null))])
  if (fresh !== null && fresh.status < 500) return fresh
  const copy = await (await caches.open(shell)).match(url)
  return copy ?? (await response) ?? Response.error()
}

/** A part never changes: its name has its hash. */
async function cacheFirst(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const later = await caches.open(parts)
  const copy = (await (await caches.open(shell)).match(pathname)) ?? (await later.match(pathname))
  if (copy) return copy
  const response = await fetch(request)
  if (response.ok && response.type === 'basic') {
    await later.put(pathname, response.clone()).catch(() => undefined)
    const keys = await later.keys()
    await Promise.all(keys.slice(0, Math.max(0, keys.length - maxParts)).map((key) => later.delete(key)))
  }
  return response
}

/** Shows `path`: in the tab that has it open, in another tab, or in a new one. */
async function openPage(path: string): Promise<void> {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const tab = open.find(({ url }) => new URL(url).pathname === path) ?? open[0]
  if (tab === undefined) return void (await self.clients.openWindow(path))
  if (new URL(tab.url).pathname !== path) tab.postMessage({ kind: 'open', path })
  await tab.focus()
}
