import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { keepPlace, placeIn } from '../../state/places.ts'
import type { StickyScroll } from './sticky-scroll.ts'

interface Place {
  readonly sessionId: string
  readonly ready: boolean
  readonly turns: readonly string[]
  /** Turns before the first one that is mounted. */
  readonly hidden: number
  readonly reveal: (index: number) => void
}

/** Opens a conversation where the reader left it, and keeps the place when the reader leaves. An address with a turn goes to the turn. */
export function usePlace(scroll: RefObject<StickyScroll | null>, { sessionId, ready, turns, hidden, reveal }: Place): void {
  const wanted = useRef(location.search === '' ? placeIn(sessionId) : null)
  useLayoutEffect(() => {
    const { current: place } = wanted
    if (place === null || !ready) return
    const index = turns.indexOf(place.turnId)
    if (index >= 0 && index < hidden) return reveal(index)
    wanted.current = null
    if (index >= 0) scroll.current?.toTurn(place.turnId, place.offset)
  })
  useEffect(() => {
    // Until it is restored, the kept place is the right one.
    const keep = () => wanted.current === null && keepPlace(sessionId, scroll.current?.place() ?? null)
    addEventListener('pagehide', keep)
    return () => removeEventListener('pagehide', keep)
  }, [sessionId, scroll])
  // Before the thread leaves the document.
  useLayoutEffect(() => {
    const { current: sticky } = scroll
    return () => {
      if (wanted.current === null && sticky !== null) keepPlace(sessionId, sticky.place())
    }
  }, [sessionId, scroll])
}
