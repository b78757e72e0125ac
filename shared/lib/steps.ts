/** Long work in steps, so that its caller decides when the next one runs. */

/** Yields between two steps, and returns the result. */
export type Steps<T> = Generator<undefined, T>

/** The result, without a pause. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The result. Waits for `pause` between two steps. */
export async function finishSlowly<T>(steps: Steps<T>, pause: () => Promise<void>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await pause()
  }
}
