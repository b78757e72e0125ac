import { useRef } from 'react'

/** The key code of a key that an input method handles. */
const imeKeyCode = 229
/** Safari ends a composition before the key event that ended it. The event arrives within this time. */
const trailingMs = 60

/** Distinguishes an Enter that ends a composition from an Enter that sends. */
export function useComposition() {
  const composing = useRef(false)
  const endedAt = useRef(Number.NEGATIVE_INFINITY)
  return {
    handlers: {
      onCompositionStart: () => {
        composing.current = true
      },
      onCompositionEnd: () => {
        composing.current = false
        endedAt.current = performance.now()
      },
    },
    handles(event: KeyboardEvent): boolean {
      const isTrailing = performance.now() - endedAt.current < trailingMs
      endedAt.current = Number.NEGATIVE_INFINITY
      return event.isComposing || composing.current || event.keyCode === imeKeyCode || isTrailing
    },
  }
}
