/** Who plays in a round, and how it is watched. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Actor, type Moment } from './actor.ts'
import { logOf } from './audit.ts'
import type { Dice } from './dice.ts'
import type { Trail } from './ledger.ts'
import type { Stage } from './stage.ts'

export interface Run {
  readonly stage: Stage
  readonly dice: Dice
  readonly trails: Trail[]
  /** How long interrupted turns took to go on, from the SIGKILL on, the restart of the process included. Ms. */
  readonly recoveries: number[]
  /** What went wrong besides what the audit finds. */
  readonly wrong: string[]
  /** Casts that still play. */
  readonly unfinished: Promise<void>[]
  readonly sessions: number
  /** How long an outage lasts. */
  readonly seconds: number
  /** How many read, where many do. */
  readonly readers: number
  round: number
  lastFaultAt: number
}

/** Actors in sessions of this round, and a promise of each moment. */
export function cast({ stage, dice, round, sessions, trails }: Run, wave = '') {
  const moments = new Map<Moment, () => void>()
  const reached = (what: Moment) => new Promise<void>((resolve) => moments.set(what, resolve))
  const actors = Array.from({ length: sessions }, (_, index) => {
    const name = `r${round}${wave}-s${index}`
    return new Actor(name, { person: stage.alice, dice: dice.for(name), moment: (what) => moments.get(what)?.() })
  })
  for (const { trail } of actors) trails.push(trail)
  const waits = { acknowledged: reached('acknowledged'), answering: reached('answering'), cancelling: reached('cancelling') }
  return { actors, waits }
}

/** Everyone plays to the end; then they leave. */
export async function finish({ trails }: Run, actors: readonly Actor[], playing: readonly Promise<void>[]): Promise<void> {
  await Promise.all(playing)
  for (const { forks } of actors) trails.push(...forks)
  // Whoever reads is given the time to see the end of it; the audit asks for what is left.
  await sleep(300)
  for (const actor of actors) await actor.leave()
}

export async function untilEnded(stage: Stage, session: string, turns: number, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs
  while (Date.now() < until) {
    const log = await logOf(stage, session)
    if (log.filter(({ type }) => type === 'turn.ended').length >= turns) return true
    await sleep(100)
  }
  return false
}
