/** Who answers the next messages of each conversation, for this tab: in memory, and over a reload. */
import { signal, useSignal } from './signal.ts'

/** The persona and the model profile that messages name. Absent: those of the session and of the workspace. */
export interface Choice {
  readonly persona_id?: string | undefined
  readonly model?: string | undefined
}

const key = 'soma.choices'
/** Conversations with a choice. The oldest one is dropped. */
const maxChoices = 50
const none: Choice = {}

const isText = (value: unknown) => value === undefined || typeof value === 'string'
const isEntry = (value: unknown): value is [string, Choice] =>
  Array.isArray(value) && typeof value[0] === 'string' && isText(value[1]?.persona_id) && isText(value[1]?.model)

function stored(): [string, Choice][] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.filter(isEntry) : []
  } catch {
    return []
  }
}

const choices = signal<ReadonlyMap<string, Choice>>(new Map(stored()))

/** `draft`: the key of a conversation's draft. */
export const choiceIn = (draft: string): Choice => choices.get().get(draft) ?? none
export const useChoice = (draft: string): Choice => useSignal(choices).get(draft) ?? none

/** Changes the choice of a conversation. */
export function choose(draft: string, change: Choice): void {
  const { persona_id, model } = { ...choiceIn(draft), ...change }
  const next = new Map(choices.get())
  next.delete(draft)
  if (persona_id !== undefined || model !== undefined) next.set(draft, { persona_id, model })
  const [oldest] = next.keys()
  if (next.size > maxChoices && oldest !== undefined) next.delete(oldest)
  choices.set(next)
  try {
    sessionStorage.setItem(key, JSON.stringify([...next]))
  } catch {
    // Storage is blocked: the choices last until the page closes.
  }
}

/** A new conversation takes over the choice of the draft that it began as. */
export function moveChoice(from: string, to: string): void {
  const choice = choiceIn(from)
  choose(from, { persona_id: undefined, model: undefined })
  choose(to, choice)
}
