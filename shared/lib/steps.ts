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

/** Runs one step when its turn comes. */
export type RunStep = <R>(step: () => R) => Promise<R>

/** The result. `run` decides when each step runs. */
export async function finishSlowly<T>(steps: Steps<T>, run: RunStep): Promise<T> {
  for (;;) {
    const { done, value } = await run(() => steps.next())
    if (done) return value
  }
}
