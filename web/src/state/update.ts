/** A new version of the app that waits for the user. */
import { signal } from './signal.ts'

/** The installed service worker of the new version. Null: there is none. */
export const updateReady = signal<ServiceWorker | null>(null)

/** Starts the new version in this tab. Other tabs go on with theirs until they are reloaded. */
export function reloadWith(worker: ServiceWorker): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  // Another tab may have started it already.
  if (worker.state === 'activated' || worker.state === 'redundant') location.reload()
  else worker.postMessage('activate')
}
