/** The end of a branch by turn, for a prompt that no longer fits. Reads only. */
import { type ContextEvent, messagesOf } from '../../shared/context/build.ts'
import { messagesCost } from '../../shared/context/cost.ts'
import type { MeasuredPrompt, TurnHistory, TurnMessages } from '../../shared/context/summary.ts'
import type { TurnRow } from './branches.ts'
import type { EventLog } from './event-log.ts'

/** Turns that are returned at any size: the one that is being answered, and the one before it. */
const leastTurns = 2
/** Earlier turns that are searched for a measured prompt. */
const searchedTurns = 4

/** The newest turns of the branch that ends with `turn`, in about `tokens`, and the summary before them. */
export function readTurnHistory(log: EventLog, turn: TurnRow, tokens: number): Omit<TurnHistory, 'measured'> {
  const turns: TurnMessages[] = []
  let used = 0
  let items: { turn_id: string; events: ContextEvent[] } = { turn_id: turn.turn_id, events: [] }
  /** Adds the turn that was read. False: the turns are enough. */
  const addTurn = (): boolean => {
    const messages = messagesOf(items.events)
    const cost = messagesCost(messages)
    if (turns.length >= leastTurns && used + cost > tokens) return false
    turns.unshift({ turn_id: items.turn_id, messages, tokens: cost })
    used += cost
    return true
  }
  for (const event of log.branches.itemsUpTo(turn)) {
    if (event.type === 'context.summarized') {
      if (!addTurn()) break
      return { summary: event, turns, first_turn: event.last_turn + 1 }
    }
    if (event.turn_id !== items.turn_id) {
      if (!addTurn()) return withGap(log, turn, turns)
      items = { turn_id: event.turn_id, events: [] }
    }
    items.events.push(event)
  }
  return addTurn() ? { summary: null, turns, first_turn: 1 } : withGap(log, turn, turns)
}

/** The history with turns that lie between it and its summary, or the beginning. */
function withGap({ branches }: EventLog, turn: TurnRow, turns: readonly TurnMessages[]): Omit<TurnHistory, 'measured'> {
  const path = branches.pathTo(turn)
  const summarized = path.slice(turns.length).find((turnId) => branches.summaries.through(turnId))
  const summary = summarized === undefined ? null : (branches.summaries.through(summarized) ?? null)
  return { summary, turns, first_turn: path.length - turns.length + 1 }
}

/** The newest prompt of the branch before `turn` that a provider counted. Null: there is none among the last turns. */
export function measuredBefore(log: EventLog, turn: TurnRow): MeasuredPrompt | null {
  let before = turn.parent === null ? undefined : log.turn(turn.parent)
  for (let searched = 0; before && searched < searchedTurns; searched++) {
    for (const event of log.branches.eventsOf(before)) {
      if (event.type !== 'turn.ended') continue
      const { input_tokens, estimated_tokens } = event.context ?? {}
      const model = event.answered_by?.model
      if (model !== undefined && input_tokens !== undefined && estimated_tokens !== undefined)
        return { model, input_tokens, estimated_tokens }
    }
    before = before.parent === null ? undefined : log.turn(before.parent)
  }
  return null
}
