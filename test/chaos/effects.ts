/** Counts the effects of tools outside of the killed processes, and compares them with the logs. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
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
    const key = await text(request)
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

/** The result of the comparison. Inherited calls of forks do not count. */
export interface EffectsReport {
  calls: number
  readonly findings: { readonly kind: 'lost' | 'duplicated' | 'stuck' | 'wrong'; readonly error: string }[]
}

interface KeyCounts {
  effect: string
  claimed: number
  completed: number
  /** Calls that started: they may have taken effect. */
  started: number
}

/** Whether each claim of the call follows an approval of it, or one for the later calls of its tool. */
function claimsAreApproved(events: readonly Event[], callId: string): boolean {
  const claims = events.filter((event) => event.type === 'call.claimed' && event.call_id === callId)
  return claims.every((claim) =>
    events.some(
      (event) =>
        event.type === 'call.decided' && event.seq < claim.seq && event.approved && (event.call_id === callId || event.remember === true),
    ),
  )
}

/** Compares the tool calls in `logs` with the counted effects. */
export function checkEffects(logs: readonly (readonly Event[])[], { counts }: Effects): EffectsReport {
  const report: EffectsReport = { calls: 0, findings: [] }
  const keys = new Map<string, KeyCounts>()
  for (const log of logs) {
    const newEvents = log.filter((event) => !event.origin)
    for (const requested of newEvents) {
      if (requested.type !== 'call.requested') continue
      report.calls++
      const { call_id } = requested
      const events = newEvents.filter((event) => 'call_id' in event && event.call_id === call_id)
      const ends = events.filter((event) => event.type === 'call.ended')
      const [end] = ends
      if (ends.length !== 1) report.findings.push({ kind: end ? 'duplicated' : 'stuck', error: `${call_id} ended ${ends.length} times` })
      if (end?.outcome === 'failed') report.findings.push({ kind: 'wrong', error: `${call_id} failed: ${end.text}` })
      if (requested.name === 'pay' && !claimsAreApproved(newEvents, call_id))
        report.findings.push({ kind: 'wrong', error: `${call_id} ran without an approval` })
      const { key } = JSON.parse(requested.arguments) as { key: string }
      const keyCounts = keys.get(key) ?? { effect: requested.effect, claimed: 0, completed: 0, started: 0 }
      keyCounts.claimed += events.filter((event) => event.type === 'call.claimed').length
      if (end?.outcome === 'completed') keyCounts.completed++
      if (end?.outcome === 'completed' || end?.outcome === 'unknown') keyCounts.started++
      keys.set(key, keyCounts)
    }
  }
  for (const [key, { effect, claimed, completed, started }] of keys) {
    const count = counts.get(key) ?? 0
    if (count < completed)
      report.findings.push({ kind: 'lost', error: `${key} returned ${completed} times and took effect ${count} times` })
    if (count > claimed)
      report.findings.push({ kind: 'wrong', error: `${key} took effect ${count} times and was claimed ${claimed} times` })
    if (effect === 'once' && count > started)
      report.findings.push({ kind: 'duplicated', error: `${key} took effect ${count} times in ${started} calls` })
  }
  for (const key of counts.keys())
    if (!keys.has(key)) report.findings.push({ kind: 'wrong', error: `${key} took effect, and no log requests it` })
  return report
}
