import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { StickyScroll } from './sticky-scroll.ts'

/** Turns painted first: more than any screen holds, little enough to be there at once. */
const firstTurns = 10
/** Turns added each time the page is idle, until a page is full. */
const stepTurns = 15
/** Turns in a page: what is mounted of a long thread before somebody asks for more. */
export const pageTurns = 100

export interface TurnWindow {
  /** Turns before the first one shown. */
  readonly hidden: number
  /** No more will be added unasked. */
  readonly settled: boolean
  readonly older: () => void
  /** Shows the turn at this place, and what follows it. */
  readonly reveal: (at: number) => void
  /** To be called when the page has changed: puts what was on the screen back where it was. */
  readonly restore: () => void
}

/** The end of a thread, growing backwards. What is on the screen stays where it is. */
export function useTurnWindow(turns: number, scroll: RefObject<StickyScroll | null>, content: RefObject<HTMLElement | null>): TurnWindow {
  const [shown, setShown] = useState(firstTurns)
  const pending = useRef<(() => void) | null>(null)
  const hidden = Math.max(0, turns - shown)
  const settled = shown >= pageTurns || hidden === 0

  const grow = useCallback(
    (by: number) => {
      const anchor = content.current?.querySelector<HTMLElement>('[data-turn]')
      pending.current = anchor && scroll.current ? scroll.current.keep(anchor) : null
      setShown((before) => before + by)
    },
    [scroll, content],
  )
  useEffect(() => {
    if (settled) return
    return whenIdle(() => grow(Math.min(stepTurns, pageTurns - shown)))
  }, [settled, shown, grow])

  return {
    hidden,
    settled,
    older: () => grow(pageTurns),
    reveal: useCallback((at: number) => setShown((before) => Math.max(before, turns - at + 1)), [turns]),
    restore: () => {
      pending.current?.()
      pending.current = null
    },
  }
}

function whenIdle(work: () => void): () => void {
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(work, 100)
    return () => clearTimeout(timer)
  }
  const handle = requestIdleCallback(work, { timeout: 1_000 })
  return () => cancelIdleCallback(handle)
}
