/** Runs one history from a sequence of choices. */
import { violations } from './invariants.ts'
import { Simulation } from './simulation.ts'
import { platform } from './socket.ts'
import { installGlobals, World } from './world.ts'

export interface Outcome {
  readonly steps: number
  /** Violated invariants. Empty: none. */
  readonly failures: readonly string[]
  readonly history: readonly string[]
  /** Attempts at answers, and incarnations of the session object. */
  readonly attempts: number
  readonly incarnations: number
}

Object.assign(globalThis, { WebSocketPair: platform.WebSocketPair, WebSocketRequestResponsePair: platform.WebSocketRequestResponsePair })

/** Runs the history of these choices, finishes all pending work, and checks the invariants. */
export async function runHistory(choices: readonly number[]): Promise<Outcome> {
  const world = new World(choices)
  const restore = installGlobals(world)
  const { Response } = globalThis
  Object.assign(globalThis, { Response: platform.Response })
  const simulation = new Simulation(world)
  try {
    await world.runTask({ label: 'begin', run: () => {} })
    while (world.hasChoices && world.failures.length === 0) await simulation.step()
    if (world.failures.length === 0) await simulation.runToRest()
    const failures = world.failures.length > 0 ? world.failures : [...violations(simulation)]
    const { history, steps } = world
    return { steps, failures, history, attempts: simulation.attempts.length, incarnations: simulation.host.incarnations }
  } finally {
    restore()
    Object.assign(globalThis, { Response })
    simulation.host.disk.close()
    simulation.list.disk.close()
  }
}
