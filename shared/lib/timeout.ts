/** Waiting that an abort or a caller can end early, and that leaves no timer behind. Portable. */

/** The promise did not settle in time. */
export const timedOut = Symbol('timed out')

/** The value of `promise`, or `timedOut` after `ms`. Throws the signal's reason as soon as it is aborted. */
export async function withTimeout<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | typeof timedOut> {
  signal?.throwIfAborted()
  let cleanUp = () => {}
  const interrupted = new Promise<typeof timedOut>((resolve, reject) => {
    const timer = setTimeout(() => resolve(timedOut), ms)
    const abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort)
    cleanUp = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  try {
    return await Promise.race([promise, interrupted])
  } finally {
    cleanUp()
  }
}

/** A dependency did not respond in time. */
export class DeadlineExceeded extends Error {}

/** The value of `promise`. Throws `DeadlineExceeded` after `ms`. */
export async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  const settled = await withTimeout(promise, ms)
  if (settled === timedOut) throw new DeadlineExceeded(`no response within ${ms} ms`)
  return settled
}

/** Resolves after `ms`. Throws the signal's reason as soon as it is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await withTimeout(new Promise<never>(() => {}), ms, signal)
}

/** Resolves after `ms`, when `wake` is called, or when `signal` aborts, whichever is first. Never rejects. */
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
