/** A deterministic session log of any length: whole turns, then titles for the remaining events. */
import { answer } from './words.ts'

/** Number of words in a message, and in its answer. */
const messageWords = 10
const answerWords = 60
const eventsPerTurn = 6
/** The time before the first event. Unix ms. */
const startedAt = 1_750_000_000_000

interface Body {
  readonly type: string
  readonly turn_id?: string
  readonly [field: string]: unknown
}

/** An event of the log. */
export interface LoggedEvent extends Body {
  readonly seq: number
  readonly at: number
}

const id = (kind: string, turn: number): string => `${kind}0000000-0000-4000-8000-${String(turn).padStart(12, '0')}`

const turnEvents = (n: number): Body[] => {
  const turn_id = id('1', n)
  const item_id = id('2', n)
  return [
    { type: 'turn.accepted', turn_id, event_id: id('3', n), position: 0 },
    { type: 'item.added', turn_id, item_id: id('4', n), role: 'user', text: answer(messageWords) },
    { type: 'turn.started', turn_id },
    { type: 'item.opened', turn_id, item_id, role: 'assistant' },
    { type: 'item.closed', turn_id, item_id, text: answer(answerWords) },
    { type: 'turn.ended', turn_id, outcome: 'completed', usage: { input_tokens: 7, output_tokens: answerWords } },
  ]
}

/** `count` events of `subject`'s session. */
export function* sessionLog(count: number, subject: string): Generator<LoggedEvent> {
  let seq = 0
  const append = (body: Body): LoggedEvent => ({ seq: ++seq, at: startedAt + seq, ...body })
  if (count > 0) yield append({ type: 'session.created', subject })
  for (let n = 0; seq + eventsPerTurn <= count; n += 1) for (const body of turnEvents(n)) yield append(body)
  while (seq < count) yield append({ type: 'session.titled', title: 'bench' })
}
