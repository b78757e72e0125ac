/** Whether we can talk to the server, and what to do when we cannot. */
import type { WatchStatus } from '../../../shared/client/watch.ts'
import { signal } from './signal.ts'

export const online = signal(navigator.onLine)
addEventListener('online', () => online.set(true))
addEventListener('offline', () => online.set(false))

/** The stream of the session on the screen, or `null` when none is watched. */
export const stream = signal<WatchStatus | null>(null)
