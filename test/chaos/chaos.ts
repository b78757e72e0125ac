/** Runs rounds of faults on one stack, then checks the guarantees. */
import type { Failpoint } from '../../shared/failpoints.ts'
import type { Run } from './actors.ts'
import { type AuditReport, audit } from './audit.ts'
import { Decider } from './decider.ts'
import { deployingFaults, faults } from './faults.ts'
import type { SessionRecord } from './ledger.ts'
import { seededRandom } from './random.ts'
import { type System, startSystem } from './system.ts'

export interface Options {
  /** Names of faults, comma-separated. Rounds use them in turn. */
  readonly fault: string
  readonly rounds: number
  readonly seed: number
  /** Number of concurrent sessions. */
  readonly sessions: number
  /** Length of an outage. Seconds. */
  readonly seconds?: number
  /** Number of readers in faults with many readers. */
  readonly readers?: number
  readonly activeFailpoint?: Failpoint | undefined
  readonly log?: (line: string) => void
}

export interface Report extends AuditReport {
  readonly recoveries: readonly number[]
  readonly ms: number
}

export async function chaos(options: Options): Promise<Report> {
  const { fault, rounds, seed, sessions, seconds = 60, readers = 500, activeFailpoint, log = () => {} } = options
  const injections = fault.split(',').map((name) => {
    const fault = faults[name]
    if (!fault) throw new Error(`Unknown fault ${JSON.stringify(name)}. Faults: ${Object.keys(faults).join(', ')}.`)
    return fault
  })
  const names = fault.split(',')
  const system = await startSystem(activeFailpoint, {
    watch: names.some((name) => deployingFaults.has(name)),
    counted: names.includes('counters'),
  })
  const since = Date.now()
  const run: Run = {
    system,
    random: seededRandom(seed),
    records: [],
    recoveries: [],
    errors: [],
    unfinished: [],
    sessions,
    seconds,
    readers,
    round: 0,
    lastFaultAt: Date.now(),
  }
  const decider = new Decider(system, run.records, run.random.for('decider'))
  decider.start()
  try {
    for (run.round = 1; run.round <= rounds; run.round++) {
      const startedAt = Date.now()
      await injections[(run.round - 1) % injections.length]?.(run)
      log(`round ${run.round} of ${rounds}: ${Date.now() - startedAt} ms, ${run.records.length} sessions so far`)
    }
    await Promise.all(run.unfinished)
    const report = await audit(system, run.records, run.lastFaultAt)
    report.wrong += run.errors.length
    const runningRequests = [...findRunningRequests(system, run.records)]
    report.wrong += runningRequests.length
    report.evidence.push(...run.errors, ...runningRequests, ...(await openModelRequests(system)))
    return { ...report, recoveries: run.recoveries, ms: Date.now() - since }
  } finally {
    await decider.stop()
    await system.close()
  }
}

/** Longest time that a model request stays open after an acknowledged stop. The next heartbeat, after 5 s, finds a lost stop. */
const stopMs = 3_000

/** Stalled model requests that stayed open or were repeated after a stop. */
function* findRunningRequests({ model }: System, records: readonly SessionRecord[]): Generator<string> {
  for (const { key, stoppedAt } of records.flatMap(({ messages }) => messages)) {
    if (stoppedAt === undefined) continue
    for (const { at, behaviour, abortedAt = Date.now() } of model.requests) {
      if (behaviour.kind !== 'stall' || behaviour.key !== key) continue
      if (Math.max(at, abortedAt) > stoppedAt + stopMs) yield `${key} was stopped, and its model went on for ${abortedAt - stoppedAt} ms`
    }
  }
}

/** Model requests that are still open. There must be none at the end. */
async function openModelRequests({ model }: System): Promise<string[]> {
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
  const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return [
    `${acknowledged} acknowledged, ${lost} lost, ${duplicated} duplicated, ${stuck} stuck; recovery ${quantile(0.5)} / ${quantile(0.99)} ms (p50 / p99 of ${sorted.length})`,
    `${wrong} other errors, ${late} copies needed another doorbell; ${turns} turns with ${calls} tool calls, ${events} events, ${connections} reader connections, ${Math.round(ms / 1000)} s`,
  ].join('\n')
}

export const passed = ({ lost, duplicated, stuck, wrong, evidence }: Report): boolean =>
  lost + duplicated + stuck + wrong === 0 && evidence.length === 0
