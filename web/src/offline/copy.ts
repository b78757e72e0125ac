/** What a saved copy of a conversation is, and what fits. Pure. */
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import type { Turn } from '../../../shared/client/turn.ts'

/** A conversation as it is stored. */
export interface Copy {
  readonly session: SessionSummary
  /** Unix ms. */
  readonly savedAt: number
  /** The turns of the active branch as JSON, oldest first. */
  readonly turns: string
}

/** Most conversations, and most UTF-16 units of one and of all together. */
export const maxCopies = 20
export const maxCopyUnits = 500_000
export const maxUnits = 4_000_000

/** The sessions to keep, newest first: those of the user, and those that others share. */
export const newestSessions = (own: readonly SessionSummary[], shared: readonly SessionSummary[]): SessionSummary[] =>
  [...own, ...shared].toSorted((a, b) => b.updated_at - a.updated_at).slice(0, maxCopies)

/** The newest answered turns that fit, as JSON. The first one of them has no parent. */
export function turnsToStore(branch: readonly Turn[], maxSize = maxCopyUnits): string {
  const texts: string[] = []
  let size = 2
  for (const turn of branch.filter(({ outcome }) => outcome !== null).reverse()) {
    // An earlier release of the app would show reasoning as the answer.
    const text = JSON.stringify({ ...turn, items: turn.items.filter(({ role }) => role !== 'reasoning') })
    if (size + text.length + 1 > maxSize) break
    texts.unshift(text)
    size += text.length + 1
  }
  const [first, ...rest] = texts
  if (first === undefined) return '[]'
  return `[${[JSON.stringify({ ...JSON.parse(first), parentId: null, clearedAfter: null }), ...rest].join(',')}]`
}

/** The ids of the copies that exceed the size of all, newest first. `copies`: in the order of their sessions, newest first. */
export function beyondSize(copies: readonly { readonly id: string; readonly units: number }[], maxSize = maxUnits): string[] {
  let size = 0
  const beyond: string[] = []
  for (const { id, units } of copies) {
    size += units
    if (size > maxSize) beyond.push(id)
  }
  return beyond
}

/** The turns of a copy. Null: the browser's storage holds something else. */
export function storedTurns(text: string): Turn[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(isTurn) ? value : null
  } catch {
    return null
  }
}

const isTurn = (value: unknown): value is Turn =>
  isRecord(value) &&
  typeof value.id === 'string' &&
  typeof value.eventId === 'string' &&
  (value.parentId === null || typeof value.parentId === 'string') &&
  typeof value.acceptedAt === 'number' &&
  Array.isArray(value.items) &&
  value.items.every((item) => isRecord(item) && typeof item.id === 'string' && typeof item.text === 'string')

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
