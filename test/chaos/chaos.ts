/** So many rounds of one fault on one stack, and what is left of the promises afterwards. */
import type { Failpoint } from '../../shared/failpoints.ts'
import { audit, type Verdict } from './audit.ts'
import type { Run } from './cast.ts'
import { dice } from './dice.ts'
import { faults } from './faults.ts'
import type { Trail } from './ledger.ts'
import { raise, type Stage } from './stage.ts'

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
  readonly plant?: Failpoint | undefined
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
    const late = [...notStopped(stage, run.trails)]
    verdict.wrong += late.length
    verdict.evidence.push(...run.wrong, ...late, ...(await stillAsking(stage)))
    return { ...verdict, recoveries: run.recoveries, ms: Date.now() - since }
  } finally {
    await stage.close()
  }
}

/** How long a model may go on after a stop was acknowledged. Without our saying so it would learn it from the next sign of life, after 5 s. */
const stopMs = 3_000

/** Silent models that went on for long after they were stopped, or were asked again. */
function* notStopped({ model }: Stage, trails: readonly Trail[]): Generator<string> {
  for (const { key, stoppedAt } of trails.flatMap(({ said }) => said)) {
    if (stoppedAt === undefined) continue
    for (const { at, behaviour, abortedAt = Date.now() } of model.requests) {
      if (behaviour.kind !== 'stall' || behaviour.key !== key) continue
      if (Math.max(at, abortedAt) > stoppedAt + stopMs) yield `${key} was stopped, and its model went on for ${abortedAt - stoppedAt} ms`
    }
  }
}

/** When everything has ended, no model may still be speaking for us. */
async function stillAsking({ model }: Stage): Promise<string[]> {
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
