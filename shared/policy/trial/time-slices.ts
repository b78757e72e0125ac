/**
 * Long evaluations in time slices, so that other requests of the isolate run in between. Pure: the caller passes the pause. A step of an
 * evaluation yields the fuel that it used.
 */

/**
 * Fuel for one trial decision. The built-in policy needs a few hundred. An active policy gets ten times as much. So an input that no test
 * covers is slow before it is denied.
 */
export const trialFuel = 50_000

/** The fuel of one slice: some milliseconds. */
export const sliceFuel = 20_000

/** Lets other requests run. */
export type Pause = () => Promise<void>

/** The result of `steps`, with a pause after each `sliceFuel`. */
export async function runInSlices<T>(steps: Generator<number, T>, pause: Pause): Promise<T> {
  let fuel = 0
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    fuel += step.value
    if (fuel < sliceFuel) continue
    fuel = 0
    await pause()
  }
}
