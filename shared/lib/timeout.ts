/** Waiting that can be called off, and that leaves no timer behind. */

/** Nothing came in time. */
export const silence = Symbol('silence')

/** What `promise` gives, or `silence` after `ms`. Throws the signal's reason as soon as it is aborted. */
export async function within<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T | typeof silence> {
  signal.throwIfAborted()
  let done = () => {}
  const interrupted = new Promise<typeof silence>((resolve, reject) => {
    const timer = setTimeout(() => resolve(silence), ms)
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
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await within(new Promise<never>(() => {}), ms, signal)
}
