/** Whether the server can be reached. */
import type { WatchStatus } from '../../../shared/client/watch.ts'
import { signal } from './signal.ts'

export const online = signal(navigator.onLine)
addEventListener('online', () => online.set(true))
addEventListener('offline', () => online.set(false))

/** Status of the stream of the session on the screen; `null` without a stream. */
export const stream = signal<WatchStatus | null>(null)
