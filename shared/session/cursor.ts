/** A reader's position: `P`, or `P.O` while an item is open. Pure. */

/** `seq`: the last event that was seen; 0: none. `offset`: UTF-16 units seen of the item that was open there. */
export interface Cursor {
  readonly seq: number
  readonly offset: number
}

/** The position before the first event. */
export const startCursor: Cursor = { seq: 0, offset: 0 }

/** Parses `P` or `P.O`, each of at most 15 digits, so that both are exact numbers. Null otherwise. */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text)
  return match ? { seq: Number(match[1]), offset: Number(match[2] ?? 0) } : null
}
