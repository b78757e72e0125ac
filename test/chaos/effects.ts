/** What tools did to the world: counted outside of what is killed, and compared with what the logs say of it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Event } from '../../shared/events/event.ts'

export interface Effects {
  readonly url: string
  /** How often each key took effect. */
  readonly counts: ReadonlyMap<string, number>
  close(): Promise<void>
}

export async function countEffects(): Promise<Effects> {
  const counts = new Map<string, number>()
  const server = createServer(async (request, response) => {
    let key = ''
    for await (const piece of request.setEncoding('utf8')) key += piece
    counts.set(key, (counts.get(key) ?? 0) + 1)
    response.end(`done: ${key}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The calls of `logs`, without what forks brought along. */
export interface Told {
  calls: number
  readonly wrong: { readonly kind: 'lost' | 'duplicated' | 'stuck' | 'wrong'; readonly what: string }[]
}

interface OfKey {
  effect: string
  claimed: number
  completed: number
  /** Those that were begun: they may have had their effect. */
  begun: number
}

/** Compares what `logs` say of their tools with what was counted. */
export function judgeEffects(logs: readonly (readonly Event[])[], { counts }: Effects): Told {
  const told: Told = { calls: 0, wrong: [] }
  const keys = new Map<string, OfKey>()
  for (const log of logs) {
    const own = log.filter((event) => !event.origin)
    for (const requested of own) {
      if (requested.type !== 'call.requested') continue
      told.calls++
      const { call_id } = requested
      const of = own.filter((event) => 'call_id' in event && event.call_id === call_id)
      const ends = of.filter((event) => event.type === 'call.ended')
      const [end] = ends
      if (ends.length !== 1) told.wrong.push({ kind: end ? 'duplicated' : 'stuck', what: `${call_id} ended ${ends.length} times` })
      if (end?.outcome === 'failed') told.wrong.push({ kind: 'wrong', what: `${call_id} failed: ${end.text}` })
      const { key } = JSON.parse(requested.arguments) as { key: string }
      const sum = keys.get(key) ?? { effect: requested.effect, claimed: 0, completed: 0, begun: 0 }
      sum.claimed += of.filter((event) => event.type === 'call.claimed').length
      if (end?.outcome === 'completed') sum.completed++
      if (end?.outcome === 'completed' || end?.outcome === 'unknown') sum.begun++
      keys.set(key, sum)
    }
  }
  for (const [key, { effect, claimed, completed, begun }] of keys) {
    const count = counts.get(key) ?? 0
    if (count < completed) told.wrong.push({ kind: 'lost', what: `${key} returned ${completed} times and took effect ${count} times` })
    if (count > claimed) told.wrong.push({ kind: 'wrong', what: `${key} took effect ${count} times and was claimed ${claimed} times` })
    if (effect === 'once' && count > begun)
      told.wrong.push({ kind: 'duplicated', what: `${key} took effect ${count} times in ${begun} calls` })
  }
  for (const key of counts.keys())
    if (!keys.has(key)) told.wrong.push({ kind: 'wrong', what: `${key} took effect, and no log asks for it` })
  return told
}
