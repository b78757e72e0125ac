/** The events of one branch, for a fork. They are read page by page, and bounded as an import is. */
import { limits } from '../../../shared/api/limits.ts'
import type { Event } from '../../../shared/events/event.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { locate } from './locate.ts'
import { branchOf, logPages, SessionGone, turnTree } from './log-pages.ts'

/** A branch to copy. */
export interface BranchLog {
  readonly title: string
  /** In the order of the turns. Abandoned items are left out. */
  readonly events: Event[]
}

/**
 * The branch of session `id` that ends with `turnId`. Fails with `not_found`. Fails with `turn_in_progress` if a turn on it has not
 * ended, and with `invalid` if it is larger than an import.
 */
export async function readBranch(c: GatewayContext, id: string, turnId: string): Promise<Result<BranchLog, Failure>> {
  const session = locate(c, id)
  const source = { session, tenant: c.var.principal.tenant, subject: c.var.sessionOwner, lastSeq: Number.MAX_SAFE_INTEGER }
  if (!session) return fail({ kind: 'not_found' })
  try {
    const { turns } = await turnTree({ ...source, session })
    if (!turns.has(turnId)) return fail({ kind: 'not_found' })
    const branch = branchOf(turns, turnId)
    const unended = branch.find((turn) => turns.get(turn)?.outcome === null)
    if (unended !== undefined) return fail({ kind: 'turn_in_progress', turn_id: unended })
    const summary = await session.summary(source.subject)
    if (!summary.ok) return summary
    const events = await eventsOf(logPages({ ...source, session }), branch)
    return events.ok ? ok({ title: summary.value.title, events: events.value }) : events
  } catch (error) {
    if (error instanceof SessionGone) return fail({ kind: 'not_found' })
    throw error
  }
}

/** The events of ended turns, in the order of `branch`. Reads until the last of these turns has ended. */
export async function eventsOf(pages: AsyncIterable<readonly Event[]>, branch: readonly string[]): Promise<Result<Event[], Failure>> {
  const turns = new Map(branch.map((turn) => [turn, [] as Event[]]))
  const abandoned = new Set<string>()
  let unended = turns.size
  let count = 0
  let units = 0
  for await (const page of pages) {
    for (const event of page) {
      const turn = 'turn_id' in event && event.type !== 'branch.switched' ? turns.get(event.turn_id) : undefined
      if (!turn) continue
      turn.push(event)
      count += 1
      units += JSON.stringify(event).length
      if (event.type === 'item.abandoned') abandoned.add(event.item_id)
      if (event.type === 'turn.ended') unended -= 1
    }
    // A fork has two events of its own.
    if (count > limits.importEvents - 2 || units > limits.importBytes) return fail(tooLarge)
    if (unended === 0) break
  }
  return ok([...turns.values()].flat().filter((event) => !('item_id' in event && abandoned.has(event.item_id))))
}

const tooLarge: Failure = {
  kind: 'invalid',
  errors: [
    {
      pointer: '/turn_id',
      detail: `must end a branch of at most ${limits.importEvents} events and ${limits.importBytes} UTF-16 units; fork at an earlier turn`,
    },
  ],
}
