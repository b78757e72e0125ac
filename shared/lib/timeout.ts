/** Waiting that can be called off, and that leaves no timer behind. */

/** Nothing came in time. */
export const timedOut = Symbol('silence')

/** What `promise` gives, or `silence` after `ms`. Throws the signal's reason as soon as it is aborted. */
export async function withTimeout<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T | typeof timedOut> {
  signal.throwIfAborted()
  let done = () => {}
  const interrupted = new Promise<typeof timedOut>((resolve, reject) => {
    const timer = setTimeout(() => resolve(timedOut), ms)
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  })
  try {
    return await Promise.race([promise, interrupted])
  } finally {
    done()
  }
}

/** Resolves after `ms`; throws the signal's reason as soon as it is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await withTimeout(new Promise<never>(() => {}), ms, signal)
}
