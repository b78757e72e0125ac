/** Starts what the app does for offline use, after the page has loaded. */
import { eraseSaved } from '../state/saved.ts'
import { keepOffline } from './choices.ts'
import { startSync } from './sync.ts'
import { registerWorker, removeWorker } from './worker.ts'

/** Applies the user's choice, and each change of it. Without a worker nothing is saved, because the app could not open offline. */
async function apply(): Promise<void> {
  if (!keepOffline.get()) await Promise.all([removeWorker(), eraseSaved()])
  else if ((await registerWorker()) !== null) startSync()
}

export function startOffline(): void {
  // The development server has no worker.
  if (!import.meta.env.PROD) return
  keepOffline.subscribe(() => void apply().catch(() => undefined))
  void apply().catch(() => undefined)
}
