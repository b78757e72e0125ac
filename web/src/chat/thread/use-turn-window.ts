import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { StickyScroll } from './sticky-scroll.ts'

/** Height of the shortest turn: one line of message, one of answer, and the foot. CSS pixels. */
const leastTurnPx = 150
/** The most turns of the first paint, on any screen. */
const mostFirstTurns = 20

/** Turns in the first paint: as many as fit on the screen if all are short, and one more. The cost of opening follows their number. */
export const firstTurns = (screenPx: number): number => Math.min(mostFirstTurns, Math.ceil(screenPx / leastTurnPx) + 1)

/** Turns added per idle period, up to `pageTurns`. */
const stepTurns = 15
/** Turns that a long thread mounts before the reader asks for more. */
export const pageTurns = 50

export interface TurnWindow {
  /** Turns before the first one shown. */
  readonly hidden: number
  /** No more turns are added without a click. */
  readonly settled: boolean
  readonly older: (turns?: number) => void
  /** Shows the turn at this index and all later ones. */
  readonly reveal: (index: number) => void
  /** Call after a render: moves the visible turns back to their place. */
  readonly restore: () => void
}

/** Mounts the end of a thread first, then older turns. Visible turns stay in place. */
export function useTurnWindow(turns: number, scroll: RefObject<StickyScroll | null>, content: RefObject<HTMLElement | null>): TurnWindow {
  const [shown, setShown] = useState(() => firstTurns(innerHeight))
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
    older: useCallback((by = pageTurns) => grow(by), [grow]),
    reveal: useCallback((index: number) => setShown((before) => Math.max(before, turns - index + 1)), [turns]),
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
