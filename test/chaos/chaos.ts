/** So many rounds of one fault on one stack, and what is left of the promises afterwards. */
import type { Plant } from '../../shared/plant.ts'
import { audit, type Verdict } from './audit.ts'
import type { Run } from './cast.ts'
import { dice } from './dice.ts'
import { faults } from './faults.ts'
import { raise } from './stage.ts'

export interface Options {
  /** One, or several with commas between, in turn. */
  readonly fault: string
  readonly rounds: number
  readonly seed: number
  /** Sessions that are busy at the same time. */
  readonly sessions: number
  /** How long an outage lasts. */
  readonly seconds?: number
  /** How many read, where many do. */
  readonly readers?: number
  readonly plant?: Plant | undefined
  readonly say?: (line: string) => void
}

export interface Report extends Verdict {
  readonly recoveries: readonly number[]
  readonly ms: number
}

export async function chaos(options: Options): Promise<Report> {
  const { fault, rounds, seed, sessions, seconds = 60, readers = 500, plant, say = () => {} } = options
  const inflict = fault.split(',').map((name) => {
    const found = faults[name]
    if (!found) throw new Error(`There is no fault ${JSON.stringify(name)}; there are ${Object.keys(faults).join(', ')}.`)
    return found
  })
  const stage = await raise(plant)
  const since = Date.now()
  const run: Run = {
    stage,
    dice: dice(seed),
    trails: [],
    recoveries: [],
    wrong: [],
    unfinished: [],
    sessions,
    seconds,
    readers,
    round: 0,
    lastFaultAt: Date.now(),
  }
  try {
    for (run.round = 1; run.round <= rounds; run.round++) {
      const began = Date.now()
      await inflict[(run.round - 1) % inflict.length]?.(run)
      say(`round ${run.round} of ${rounds}: ${Date.now() - began} ms, ${run.trails.length} sessions so far`)
    }
    await Promise.all(run.unfinished)
    const verdict = await audit(stage, run.trails, run.lastFaultAt)
    verdict.wrong += run.wrong.length
    verdict.evidence.push(...run.wrong, ...(await stillAsking(stage)))
    return { ...verdict, recoveries: run.recoveries, ms: Date.now() - since }
  } finally {
    await stage.close()
  }
}

/** When everything has ended, no model may still be speaking for us. */
async function stillAsking({ model }: Awaited<ReturnType<typeof raise>>): Promise<string[]> {
  const open = model.requests.filter(({ abortedAt, finishedAt }) => abortedAt === undefined && finishedAt === undefined)
  return open.map(({ at, behaviour }) => `a request to the model is still open: ${JSON.stringify(behaviour)}, since ${Date.now() - at} ms`)
}

export function summary({
  acknowledged,
  lost,
  duplicated,
  stuck,
  wrong,
  late,
  turns,
  calls,
  events,
  connections,
  recoveries,
  ms,
}: Report): string {
  const sorted = [...recoveries].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return [
    `${acknowledged} acknowledged, ${lost} lost, ${duplicated} duplicated, ${stuck} stuck; recovery ${at(0.5)} / ${at(0.99)} ms (p50 / p99 of ${sorted.length})`,
    `${wrong} otherwise wrong, ${late} copies rung for once more; ${turns} turns with ${calls} tool calls, ${events} events, ${connections} reader connections, ${Math.round(ms / 1000)} s`,
  ].join('\n')
}

export const sound = ({ lost, duplicated, stuck, wrong, evidence }: Report): boolean =>
  lost + duplicated + stuck + wrong === 0 && evidence.length === 0
