/** Where the reader left each conversation, for this tab: in memory, and over a reload. A conversation left at its end has no place. */

export interface Place {
  /** The first turn in view. */
  readonly turnId: string
  /** Its top, in pixels below the top of the thread. */
  readonly offset: number
}

const key = 'soma.places'
/** Conversations with a place. The oldest one is dropped. */
const maxPlaces = 50

function stored(): [string, Place][] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.filter(isEntry) : []
  } catch {
    return []
  }
}

const isEntry = (value: unknown): value is [string, Place] =>
  Array.isArray(value) &&
  typeof value[0] === 'string' &&
  typeof value[1]?.turnId === 'string' &&
  typeof value[1].offset === 'number' &&
  Number.isFinite(value[1].offset)

const places = new Map<string, Place>(stored())

export const placeIn = (sessionId: string): Place | null => places.get(sessionId) ?? null

export function keepPlace(sessionId: string, place: Place | null): void {
  if (place === null && !places.has(sessionId)) return
  places.delete(sessionId)
  if (place !== null) places.set(sessionId, place)
  const [oldest] = places.keys()
  if (places.size > maxPlaces && oldest !== undefined) places.delete(oldest)
  try {
    sessionStorage.setItem(key, JSON.stringify([...places]))
  } catch {
    // Storage is blocked: the places last until the page closes.
  }
}
