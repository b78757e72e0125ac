/** Waiting that an abort or an impatient user can cut short. */

/** Resolves after `ms`, or at once when `wake` is called or `signal` aborts. Never rejects. */
export function pause(ms: number, signal?: AbortSignal): { readonly done: Promise<void>; readonly wake: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const wake = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', wake)
    resolve()
  }
  if (signal?.aborted) wake()
  else signal?.addEventListener('abort', wake, { once: true })
  promise.then(() => signal?.removeEventListener('abort', wake))
  return { done: promise, wake }
}

/** Ms to wait before attempt `n` (from 1): doubling from `baseMs`, at most 30 s, and spread by half so that clients do not return in step. */
export function backoffMs(attempt: number, baseMs: number, random: () => number = Math.random): number {
  const ms = Math.min(baseMs * 2 ** (attempt - 1), Math.max(baseMs, 30_000))
  return ms * (0.5 + random() / 2)
}
