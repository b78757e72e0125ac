/** What a reader has seen: `P`, or `P.O` while an item is open. */

/** `seq`: the last recorded event seen (0: none). `offset`: UTF-16 units seen of the item that was open there. */
export interface Cursor {
  readonly seq: number
  readonly offset: number
}

export const start: Cursor = { seq: 0, offset: 0 }

/** `P` or `P.O`, both at most 15 digits, so that they are exact numbers. Else null. */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text)
  return match ? { seq: Number(match[1]), offset: Number(match[2] ?? 0) } : null
}
