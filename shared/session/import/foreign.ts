/** Converts a conversation of another product to a log. Pure. A reader of a format only lists messages; this file makes the events. */
import { z } from 'zod'
import { limits } from '../../api/limits.ts'
import type { Event } from '../../events/event.ts'
import type { Subject } from '../../ids.ts'
import { cutText } from '../../lib/cut-text.ts'

/** A text of another product's file. Something else counts as none. */
export const optionalText = z.string().nullish().catch(null)

/**
 * A time of another product's file, Unix ms. Files have seconds, milliseconds, microseconds or nanoseconds, as numbers or text, and dates as text. Undefined: none, or
 * something else.
 */
export const ForeignTime = z.unknown().optional().transform(toMs)

/** Seconds of the year 5138: a larger number has a smaller unit. */
const maxSeconds = 1e11

function toMs(time: unknown): number | undefined {
  if (typeof time === 'string') {
    const isNumber = /^\s*\d+(\.\d+)?\s*$/.test(time)
    const ms = isNumber ? toMs(Number(time)) : Date.parse(time.slice(0, 64))
    return Number.isNaN(ms) ? undefined : ms
  }
  if (typeof time !== 'number' || !Number.isFinite(time) || time === 0) return undefined
  let ms = time * 1_000
  while (ms > maxSeconds * 1_000) ms /= 1_000
  return ms
}

/** A message in the order of the conversation. `at`: Unix ms; undefined: the file does not say. */
export type ForeignMessage =
  | { readonly kind: 'user'; readonly text: string; readonly at?: number | undefined }
  | { readonly kind: 'assistant'; readonly text: string; readonly at?: number | undefined }
  /** A tool that the assistant called. `result` undefined: the file has none. */
  | {
      readonly kind: 'call'
      readonly name: string
      readonly arguments: string
      readonly result?: string | undefined
      readonly at?: number | undefined
    }

/** A conversation of another product. `at`: when it was created, Unix ms. */
export interface ForeignConversation {
  readonly title: string
  readonly at?: number | undefined
  readonly messages: readonly ForeignMessage[]
  /** What the reader left out, in words. */
  readonly notes: readonly string[]
}

/** The earliest time that an event may have. Unix ms. */
const earliestAt = Date.UTC(2000)
/** The text of a question that the file does not have. Every turn starts with a question. */
const missingQuestion = '…'
/** The timeout that a recorded call states. The call has ended, so it has no effect. Milliseconds. */
const timeoutMs = 1

/** The events of `conversation` for its new owner, and what they leave out. `now`: the time of the import, Unix ms. */
export function foreignEvents(conversation: ForeignConversation, subject: Subject, now: number): { events: Event[]; notes: string[] } {
  const log = new LogBuilder(subject, conversation.at, now)
  const notes = [...conversation.notes]
  for (const message of conversation.messages) {
    if (message.kind !== 'user' && !log.hasTurn) {
      log.addQuestion(missingQuestion, message.at)
      notes.push(`The conversation starts with an answer. Its question is shown as “${missingQuestion}”.`)
    }
    if (message.kind === 'user') log.addQuestion(message.text, message.at)
    else if (message.kind === 'assistant') log.addAnswer(message.text, message.at)
    else log.addCall(message)
  }
  const title = cutText(conversation.title.trim(), limits.titleUnits)
  if (title !== '' && title.length < conversation.title.trim().length) notes.push('The title was cut.')
  return { events: log.finish(title), notes }
}

/** Builds a log that `importLog` accepts: turns in sequence, each with its question, answers and calls. */
class LogBuilder {
  readonly #events: Event[] = []
  readonly #now: number
  #at: number
  #turn = 0
  #items = 0
  #hasStarted = false

  constructor(subject: Subject, at: number | undefined, now: number) {
    this.#now = now
    this.#at = clamp(at ?? now, earliestAt, now)
    this.#add({ type: 'session.created', subject })
  }

  get hasTurn(): boolean {
    return this.#turn > 0
  }

  addQuestion(text: string, at: number | undefined): void {
    this.#endTurn()
    this.#moveTo(at)
    this.#turn += 1
    this.#add({ type: 'turn.accepted', turn_id: this.#turnId, event_id: this.#turnId, position: 0 })
    this.#add({ type: 'item.added', turn_id: this.#turnId, item_id: this.#itemId(), role: 'user', text })
  }

  addAnswer(text: string, at: number | undefined): void {
    this.#start(at)
    const item = { turn_id: this.#turnId, item_id: this.#itemId() }
    this.#add({ type: 'item.opened', ...item, role: 'assistant' })
    this.#add({ type: 'item.closed', ...item, text })
  }

  addCall({ name, arguments: args, result, at }: Extract<ForeignMessage, { kind: 'call' }>): void {
    this.#start(at)
    const call = { turn_id: this.#turnId, call_id: this.#itemId() }
    this.#add({ type: 'call.requested', ...call, name, arguments: jsonArguments(args), effect: 'none', timeout_ms: timeoutMs })
    this.#add({ type: 'step.ended', turn_id: this.#turnId })
    const ended = result === undefined ? ({ outcome: 'unknown', text: '' } as const) : ({ outcome: 'completed', text: result } as const)
    this.#add({ type: 'call.ended', ...call, ...ended })
  }

  finish(title: string): Event[] {
    this.#endTurn()
    if (title !== '') this.#add({ type: 'session.titled', title })
    return this.#events
  }

  #start(at: number | undefined): void {
    this.#moveTo(at)
    if (!this.#hasStarted) this.#add({ type: 'turn.started', turn_id: this.#turnId })
    this.#hasStarted = true
  }

  #endTurn(): void {
    if (!this.hasTurn) return
    this.#add({ type: 'turn.ended', turn_id: this.#turnId, outcome: this.#hasStarted ? 'completed' : 'cancelled' })
    this.#hasStarted = false
  }

  get #turnId(): string {
    return `turn-${this.#turn}`
  }

  #itemId(): string {
    this.#items += 1
    return `item-${this.#items}`
  }

  /** Times never go back, and never lead beyond the import. */
  #moveTo(at: number | undefined): void {
    if (at !== undefined) this.#at = clamp(at, this.#at, this.#now)
  }

  #add(draft: object): void {
    this.#events.push({ seq: this.#events.length + 1, at: this.#at, ...draft } as Event)
  }
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(Math.floor(value), low), Math.max(low, high))

/** Arguments as a JSON object, which every model provider takes back. Other text becomes its field `input`. */
function jsonArguments(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text
  } catch {
    // Code or plain text.
  }
  return JSON.stringify({ input: text })
}
