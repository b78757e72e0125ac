/**
 * Long evaluations in turns, so that other requests of the isolate run in between. Pure: the caller passes the pause. A step of an
 * evaluation yields the fuel that it used.
 */

/**
 * Fuel for one trial decision. The built-in policy needs a few hundred. An active policy gets ten times as much. So an input that no test
 * covers is slow before it is denied.
 */
export const trialFuel = 50_000

/** Fuel after which other requests get a turn. Some milliseconds. */
export const turnFuel = 20_000

/** Lets other requests run. */
export type Pause = () => Promise<void>

/** The result of `steps`, with a pause after each `turnFuel`. */
export async function inTurns<T>(steps: Generator<number, T>, pause: Pause): Promise<T> {
  let fuel = 0
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    fuel += step.value
    if (fuel < turnFuel) continue
    fuel = 0
    await pause()
  }
}

/** The result of `steps`, without a pause. For commands and tests. */
export function inOneTurn<T>(steps: Generator<number, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
