/** Registers the service worker, and watches for a new version. */
import { go } from '../navigation/go.ts'
import { updateReady } from '../state/update.ts'

const scriptUrl = '/service-worker.js'
/** How often an open page looks for a new version, at most. */
const checkMs = 30 * 60_000

/** The registration. Null: the browser has no workers here, or blocks them. */
export async function registerWorker(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator)) return null
  // A browser that blocks workers may resolve to nothing.
  const registration =
    (await navigator.serviceWorker.register(scriptUrl, { scope: '/', updateViaCache: 'none' }).catch(() => undefined)) ?? null
  if (registration !== null) watch(registration)
  return registration
}

const watched = new WeakSet<ServiceWorkerRegistration>()

function watch(registration: ServiceWorkerRegistration): void {
  if (watched.has(registration)) return
  watched.add(registration)
  // Without an active worker, this is the first installation.
  const offer = (worker: ServiceWorker | null) => {
    if (worker?.state === 'installed' && registration.active !== null) updateReady.set(worker)
  }
  offer(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing
    worker?.addEventListener('statechange', () => offer(worker))
  })
  let checkedAt = Date.now()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - checkedAt < checkMs) return
    checkedAt = Date.now()
    registration.update().catch(() => undefined)
  })
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    // From a notification of a conversation.
    if (typeof data === 'object' && data !== null && 'path' in data && typeof data.path === 'string' && /^\/c\/[\w-]+$/.test(data.path))
      go(data.path)
  })
}

/** Removes the worker and the files that it kept. */
export async function removeWorker(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration('/')
  await registration?.unregister()
  const names = 'caches' in globalThis ? await caches.keys() : []
  await Promise.all(names.filter((name) => name.startsWith('soma.')).map((name) => caches.delete(name)))
  updateReady.set(null)
}
