/**
 * A recorded history as the strictest provider accepts it, before a dialect writes it. Pure. The rules:
 * - The system's messages stand apart. The first step is the user's, and the last one is the user's or results.
 * - User and assistant alternate. The results of calls follow their message at once: one for each call, in the order of the calls.
 * - An answer separates results and a user's message. No text is empty.
 */
import type { ModelCall, ModelImage, ModelMessage } from '../../../../shared/model/model.ts'
import { emptyMessage, emptyResult, noAnswer } from '../provider-messages.ts'

/** The result of one call. */
export interface CallResult {
  readonly call: ModelCall
  readonly text: string
}

export type Step =
  | { readonly role: 'user'; readonly text: string; readonly images?: readonly ModelImage[] }
  /** `text` may be empty if there are calls. */
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly ModelCall[] }
  | { readonly role: 'results'; readonly results: readonly CallResult[] }

/** The system's messages, and the steps of the conversation. */
export interface History {
  readonly system: readonly string[]
  readonly steps: readonly Step[]
}

/** The steps of `messages`. */
export function historyOf(messages: readonly ModelMessage[]): History {
  const system = messages.flatMap(({ role, text }) => (role === 'system' && !isBlank(text) ? [text] : []))
  const results = new Map(messages.flatMap((message) => (message.role === 'tool' ? [[message.call_id, message.text] as const] : [])))
  const steps: Step[] = []
  for (const message of messages) {
    if (message.role === 'user') addUser(steps, message.text, message.images)
    else if (message.role === 'assistant') addAssistant(steps, message.text, message.calls ?? [], results)
  }
  if (steps.at(-1)?.role === 'assistant') steps.push({ role: 'user', text: 'Continue.' })
  return { system, steps: steps.length > 0 ? steps : [{ role: 'user', text: emptyMessage }] }
}

const isBlank = (text: string): boolean => text.trim() === ''

function addUser(steps: Step[], text: string, added: readonly ModelImage[] = []): void {
  const last = steps.at(-1)
  const before = last?.role === 'user' ? (last.images ?? []) : []
  const images = added.length > 0 || before.length > 0 ? { images: [...before, ...added] } : {}
  if (last?.role === 'results') steps.push({ role: 'assistant', text: noAnswer, calls: [] })
  if (last?.role === 'user') steps[steps.length - 1] = { role: 'user', text: joined(last.text, text), ...images }
  else steps.push({ role: 'user', text: isBlank(text) ? emptyMessage : text, ...images })
}

function addAssistant(steps: Step[], text: string, calls: readonly ModelCall[], results: ReadonlyMap<string, string>): void {
  const last = steps.at(-1)
  // What an assistant said before the first message of the user is left out: its start was cut.
  if (last === undefined || (isBlank(text) && calls.length === 0)) return
  const step: Step = { role: 'assistant', text: isBlank(text) ? '' : text, calls }
  if (last.role === 'assistant') steps[steps.length - 1] = { ...step, text: joined(last.text, step.text) }
  else steps.push(step)
  if (calls.length === 0) return
  steps.push({ role: 'results', results: calls.map((call) => ({ call, text: resultText(results.get(call.call_id)) })) })
}

const resultText = (text = ''): string => (isBlank(text) ? emptyResult : text)

const joined = (first: string, second: string): string => (isBlank(second) ? first : isBlank(first) ? second : `${first}\n\n${second}`)

/** The arguments of a call as an object; empty if the model wrote something else. */
export function argumentsOf({ arguments: json }: ModelCall): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}
