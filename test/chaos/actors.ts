/** The simulated users of a round, and the state that faults share. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Actor, type Moment } from './actor.ts'
import { logOf } from './audit.ts'
import type { SessionRecord } from './ledger.ts'
import type { Random } from './random.ts'
import type { System } from './system.ts'

export interface Run {
  readonly system: System
  readonly random: Random
  readonly records: SessionRecord[]
  /** Recovery times of interrupted turns, from the SIGKILL, including the process restart. Milliseconds. */
  readonly recoveries: number[]
  /** Errors that the faults found. The audit adds its own. */
  readonly errors: string[]
  /** Actors of earlier rounds that still run. */
  readonly unfinished: Promise<void>[]
  readonly sessions: number
  /** Length of an outage. Seconds. */
  readonly seconds: number
  /** Number of readers in faults with many readers. */
  readonly readers: number
  round: number
  lastFaultAt: number
}

/** Creates one actor per session of this round, and a promise for each moment. */
export function createActors({ system, random, round, sessions, records }: Run, suffix = '') {
  const moments = new Map<Moment, () => void>()
  const reached = (moment: Moment) => new Promise<void>((resolve) => moments.set(moment, resolve))
  const actors = Array.from({ length: sessions }, (_, index) => {
    const name = `r${round}${suffix}-s${index}`
    return new Actor(name, { client: system.alice, random: random.for(name), onMoment: (moment) => moments.get(moment)?.() })
  })
  for (const { record } of actors) records.push(record)
  const waits = { acknowledged: reached('acknowledged'), answering: reached('answering'), cancelling: reached('cancelling') }
  return { actors, waits }
}

/** Waits until every actor has finished, then closes their readers. */
export async function finish({ records }: Run, actors: readonly Actor[], running: readonly Promise<void>[]): Promise<void> {
  await Promise.all(running)
  for (const { forks } of actors) records.push(...forks)
  // Readers get 300 ms to receive the end. The audit reads the rest.
  await sleep(300)
  for (const actor of actors) await actor.close()
}

export async function untilEnded(system: System, session: string, turns: number, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs
  while (Date.now() < until) {
    const log = await logOf(system, session)
    if (log.filter(({ type }) => type === 'turn.ended').length >= turns) return true
    await sleep(100)
  }
  return false
}
