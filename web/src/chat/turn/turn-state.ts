/** What a turn waits for before its next text. Pure. */
import type { Item, Turn } from '../../../../shared/client/turn.ts'

/** `thinking`: the model answers. `using`: tools run. `approval`, `answer`: a call waits for a decision or an answer of the user. */
export type TurnState =
  | { readonly kind: 'sent' | 'paused' | 'queued' | 'thinking' | 'approval' | 'answer' }
  | { readonly kind: 'using'; readonly tools: readonly string[] }

/** An open answer without text is not shown; the state line replaces it. */
export const hasBegun = ({ open, text }: Item): boolean => !open || text !== ''

/** `ahead`: the number of turns that must end before this one. */
export function turnState({ startedAt, items }: Turn, ahead: number, paused: boolean): TurnState {
  if (startedAt === null) return { kind: paused ? 'paused' : ahead > 0 ? 'queued' : 'sent' }
  const shown = items.filter(hasBegun)
  const calls = shown.slice(shown.findLastIndex(({ call }) => call === null) + 1).flatMap(({ call }) => call ?? [])
  const waiting = calls.filter(({ state }) => state === 'parked')
  if (waiting.length > 0) return { kind: waiting.some(({ ask }) => ask?.ask === undefined) ? 'approval' : 'answer' }
  const tools = calls.filter(({ state }) => state === 'waiting' || state === 'running').map(({ name }) => name)
  return tools.length > 0 ? { kind: 'using', tools: [...new Set(tools)] } : { kind: 'thinking' }
}

/**
 * Whether a running turn shows what it waits for: its last item is no text of the assistant, or the model call is tried again. Open
 * reasoning says itself that the model thinks.
 */
export function isWaiting({ items, retrying }: Turn): boolean {
  const last = items.findLast(hasBegun)
  return retrying !== null || !(last?.role === 'assistant' || (last?.role === 'reasoning' && last.open))
}
