/**
 * The five promises, in thousands of histories of one session: objects and consumers are the real ones, on storage, clocks, queues
 * and a network that do the worst that is allowed. `SIMULATION_SEED` and `SIMULATION_RUNS` choose others.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { histories } from './histories.ts'
import { live, type Outcome } from './run.ts'

const seed = Number(process.env.SIMULATION_SEED ?? 1)
const runs = Number(process.env.SIMULATION_RUNS ?? 1_000)

const evidence = ({ failures, history }: Outcome) => `${failures.slice(0, 5).join('\n')}\n\nwhat happened:\n${history.join('\n')}`

describe('Whatever happens, in whatever order', () => {
  it('keeps the promises', async () => {
    const total = { steps: 0, answers: 0, incarnations: 0 }
    const since = performance.now()
    for (const choices of histories(seed, runs, 150)) {
      const outcome = await live(choices)
      if (outcome.failures.length > 0) await smallest(choices, outcome)
      total.steps += outcome.steps
      total.answers += outcome.attempts
      total.incarnations += outcome.incarnations
    }
    const aSecond = Math.round((total.steps / (performance.now() - since)) * 1_000)
    console.log(`seed ${seed}: ${runs} histories, ${total.steps} steps (${aSecond} a second), ${JSON.stringify(total)}`)
    // Otherwise it would prove little.
    expect(total.answers).toBeGreaterThan(runs)
    expect(total.incarnations).toBeGreaterThan(runs)
  }, 600_000)

  it('happens again in the same way from the same choices', async () => {
    for (const choices of histories(seed, 20, 150)) expect(await live(choices)).toEqual(await live(choices))
  })
})

/** Throws with the shortest history that breaks a promise, as far as fast-check finds one from here. */
async function smallest(choices: readonly number[], first: Outcome): Promise<never> {
  let least: { choices: readonly number[]; outcome: Outcome } = { choices, outcome: first }
  const fails = async (candidate: readonly number[]) => {
    const outcome = await live(candidate)
    if (outcome.failures.length > 0 && candidate.length <= least.choices.length) least = { choices: candidate, outcome }
    return outcome.failures.length === 0
  }
  const arbitrary = fc.array(fc.nat(65_535), { maxLength: choices.length })
  await fc.check(fc.asyncProperty(arbitrary, fails), { examples: [[[...choices]]], numRuns: 1, interruptAfterTimeLimit: 20_000 })
  throw new Error(`${evidence(least.outcome)}\n\nseed ${seed}; the choices: ${JSON.stringify(least.choices)}`)
}
