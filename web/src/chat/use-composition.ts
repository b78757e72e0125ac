import { useRef } from 'react'

/** The key code of every key that an input method takes for itself. */
const takenByInputMethod = 229
/** Safari ends a composition before the key that ended it; that key comes within this time. */
const trailingMs = 60

/** Tells the Enter that picks a character from the Enter that sends. */
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
    swallows(event: KeyboardEvent): boolean {
      const trailing = performance.now() - endedAt.current < trailingMs
      endedAt.current = Number.NEGATIVE_INFINITY
      return event.isComposing || composing.current || event.keyCode === takenByInputMethod || trailing
    },
  }
}
