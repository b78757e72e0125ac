/** Long work in steps, so that its caller decides when the next one runs. */

/** Yields between two steps, and returns the result. */
export type Steps<T> = Generator<undefined, T>

/** Runs all steps without a pause. Returns the result. */
export function runToEnd<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Runs one step, now or later. */
export type RunStep = <R>(step: () => R) => Promise<R>

/** Runs all steps. `run` decides when each one runs. Returns the result. */
export async function runScheduled<T>(steps: Steps<T>, run: RunStep): Promise<T> {
  for (;;) {
    const { done, value } = await run(() => steps.next())
    if (done) return value
  }
}
