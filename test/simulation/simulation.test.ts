/**
 * The five guarantees, in thousands of histories of one session. Objects and consumers are real.
 * Storage, clocks, queues and network behave as badly as their contracts allow.
 * Set `SIMULATION_SEED` and `SIMULATION_RUNS` to choose other histories.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { histories } from './histories.ts'
import { type Outcome, runHistory } from './run.ts'

const seed = Number(process.env.SIMULATION_SEED ?? 1)
const runs = Number(process.env.SIMULATION_RUNS ?? 1_000)

const evidence = ({ failures, history }: Outcome) => `${failures.slice(0, 5).join('\n')}\n\nhistory:\n${history.join('\n')}`

describe('Every order of events', () => {
  it('keeps the guarantees', async () => {
    const total = { steps: 0, attempts: 0, incarnations: 0 }
    const startedAt = performance.now()
    for (const choices of histories(seed, runs, 150)) {
      const outcome = await runHistory(choices)
      if (outcome.failures.length > 0) await throwSmallestFailure(choices, outcome)
      total.steps += outcome.steps
      total.attempts += outcome.attempts
      total.incarnations += outcome.incarnations
    }
    const perSecond = Math.round((total.steps / (performance.now() - startedAt)) * 1_000)
    console.log(`seed ${seed}: ${runs} histories, ${total.steps} steps (${perSecond} per second), ${JSON.stringify(total)}`)
    // With fewer attempts or restarts the run would prove little.
    expect(total.attempts).toBeGreaterThan(runs)
    expect(total.incarnations).toBeGreaterThan(runs)
  }, 600_000)

  it('repeats exactly with the same choices', async () => {
    for (const choices of histories(seed, 20, 150)) expect(await runHistory(choices)).toEqual(await runHistory(choices))
  })
})

/** Throws with the shortest failing history that fast-check finds from these choices. */
async function throwSmallestFailure(choices: readonly number[], first: Outcome): Promise<never> {
  let shortest: { choices: readonly number[]; outcome: Outcome } = { choices, outcome: first }
  const fails = async (candidate: readonly number[]) => {
    const outcome = await runHistory(candidate)
    if (outcome.failures.length > 0 && candidate.length <= shortest.choices.length) shortest = { choices: candidate, outcome }
    return outcome.failures.length === 0
  }
  const arbitrary = fc.array(fc.nat(65_535), { maxLength: choices.length })
  await fc.check(fc.asyncProperty(arbitrary, fails), { examples: [[[...choices]]], numRuns: 1, interruptAfterTimeLimit: 20_000 })
  throw new Error(`${evidence(shortest.outcome)}\n\nseed ${seed}; the choices: ${JSON.stringify(shortest.choices)}`)
}
