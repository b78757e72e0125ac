/** What a call is shown as, and which calls stand together. Pure. */
import type { Call, Item } from '../../../../shared/client/turn.ts'

/**
 * `timedOut`: it ran longer than its tool may. The log has it as a failure whose text says so. `asking`: it waits for an answer.
 * `interrupted`: it was cut off, and waits for a user who knows its effect.
 */
export type CallState = Call['state'] | 'timedOut' | 'asking' | 'interrupted'

/** How the text of such a failure begins. `shared/session/call.ts` writes it. */
const timeout = /^It timed out after \d/

export function stateOf({ call: { state, ask }, text }: Pick<CallItem, 'call' | 'text'>): CallState {
  if (state === 'failed' && timeout.test(text)) return 'timedOut'
  if (state !== 'parked' || ask?.ask === undefined) return state
  return ask.ask === 'question' ? 'asking' : 'interrupted'
}

/** An item with its tool call. */
export interface CallItem extends Item {
  readonly call: Call
}

const isCall = (item: Item): item is CallItem => item.call !== null

/** The items of a turn. Calls without a text between them are together. */
export function groupCalls(items: readonly Item[]): (Item | readonly CallItem[])[] {
  const groups: (Item | CallItem[])[] = []
  for (const item of items) {
    const last = groups.at(-1)
    if (!isCall(item)) groups.push(item)
    else if (Array.isArray(last)) last.push(item)
    else groups.push([item])
  }
  return groups
}

/** The number of calls in each state, in the order of the first of each. */
export function countStates(items: readonly CallItem[]): ReadonlyMap<CallState, number> {
  const counts = new Map<CallState, number>()
  for (const item of items) counts.set(stateOf(item), (counts.get(stateOf(item)) ?? 0) + 1)
  return counts
}

/** The time from the start of the first call to the end of the last one, ms. Null: they have not all run and ended. */
export function spanOf(items: readonly CallItem[]): number | null {
  const starts = items.flatMap(({ call }) => call.startedAt ?? [])
  const ends = items.flatMap(({ call }) => call.endedAt ?? [])
  return starts.length === 0 || ends.length < items.length ? null : Math.max(...ends) - Math.min(...starts)
}
