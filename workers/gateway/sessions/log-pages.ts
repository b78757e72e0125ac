/** Reads a whole session page by page, for exports and forks: memory holds one page, however long the log is. */
import type { Branches } from '../../../shared/api/branches.ts'
import type { EventText } from '../../../shared/api/sessions.ts'
import type { Event, Outcome } from '../../../shared/events/event.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { Result } from '../../../shared/result.ts'
import { heavySteps } from '../limits/heavy-steps.ts'
import type { locate } from './locate.ts'

/** Events of one page. The session object also limits its bytes. */
const pageEvents = 500

export type Session = NonNullable<ReturnType<typeof locate>>

/** A session, and how far its log is read. */
export interface LogSource {
  readonly session: Session
  readonly tenant: string
  /** The owner of the session. */
  readonly subject: string
  /** The last event that is read. */
  readonly lastSeq: number
}

/** The session was deleted while it was read. */
export class SessionGone extends Error {
  override readonly name = 'SessionGone'
}

/** The pages of the log. Throws `SessionGone`. */
export async function* logPages({ session, tenant, subject, lastSeq }: LogSource): AsyncGenerator<Event[]> {
  const runStep = heavySteps.request(tenant, 'page')
  for (let after: string | null = '0'; after !== null; ) {
    const from: string = after
    const { events, next } = await runStep(async () => {
      const page: Result<EventText, Failure> = await session.events(subject, from, pageEvents)
      if (!page.ok) throw new SessionGone(page.error.kind)
      return { events: JSON.parse(page.value.events) as Event[], next: page.value.next_cursor }
    })
    yield events.filter(({ seq }) => seq <= lastSeq)
    after = (events.at(-1)?.seq ?? lastSeq) >= lastSeq ? null : next
  }
}

/** A turn in the tree of branches. `outcome` null: it has not ended. */
export interface TreeTurn {
  readonly parent: string | null
  readonly outcome: Outcome | null
}

/** Every turn, and the last turn of the active branch. Throws `SessionGone`. An object of an older release returns them in one page. */
export async function turnTree({
  session,
  subject,
}: Pick<LogSource, 'session' | 'subject'>): Promise<{ active: string | null; turns: ReadonlyMap<string, TreeTurn> }> {
  const turns = new Map<string, TreeTurn>()
  let active: string | null | undefined
  for (let before: string | null = null; ; ) {
    const page: Result<Branches, Failure> = await session.branches(subject, before)
    if (!page.ok) throw new SessionGone(page.error.kind)
    for (const { turn_id, parent_turn_id, outcome } of page.value.turns) turns.set(turn_id, { parent: parent_turn_id, outcome })
    active ??= page.value.active_turn_id
    before = page.value.next_before ?? null
    if (before === null) return { active, turns }
  }
}

/** The turns of the branch that ends with `last`, oldest first. */
export function branchOf(turns: ReadonlyMap<string, TreeTurn>, last: string | null): string[] {
  const branch: string[] = []
  for (let turn = last; turn !== null; turn = turns.get(turn)?.parent ?? null) branch.push(turn)
  return branch.reverse()
}
