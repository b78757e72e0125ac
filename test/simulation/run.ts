/** One history, from a sequence of numbers; and many, from a seed. */
import { violations } from './invariants.ts'
import { Simulation } from './simulation.ts'
import { platform } from './socket.ts'
import { installGlobals, World } from './world.ts'

export interface Outcome {
  readonly steps: number
  /** What is broken; empty: nothing. */
  readonly failures: readonly string[]
  readonly history: readonly string[]
  /** How many answers were begun, and how many lives the session's object had. */
  readonly attempts: number
  readonly incarnations: number
}

Object.assign(globalThis, { WebSocketPair: platform.WebSocketPair, WebSocketRequestResponsePair: platform.WebSocketRequestResponsePair })

/** What happens if these choices are made. The rest is decided by nobody: everything comes to rest, and is looked at. */
export async function live(choices: readonly number[]): Promise<Outcome> {
  const world = new World(choices)
  const leave = installGlobals(world)
  const { Response } = globalThis
  Object.assign(globalThis, { Response: platform.Response })
  const simulation = new Simulation(world)
  try {
    await world.do({ what: 'begin', run: () => {} })
    while (world.undecided && world.failures.length === 0) await simulation.step()
    if (world.failures.length === 0) await simulation.rest()
    const failures = world.failures.length > 0 ? world.failures : [...violations(simulation)]
    const { history, steps } = world
    return { steps, failures, history, attempts: simulation.attempts.length, incarnations: simulation.host.incarnations }
  } finally {
    leave()
    Object.assign(globalThis, { Response })
    simulation.host.disk.close()
    simulation.home.disk.close()
  }
}
