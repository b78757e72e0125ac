import { type RefObject, useEffect } from 'react'

/** Turns that are added when the reader comes near the first one: few, so that scrolling stays smooth. */
const autoTurns = 30
/** How far above the screen the button may be, in pixels. */
const nearPx = 800

/** Loads older turns before the reader reaches the button that does. `hidden`: the turns before the first one; 0 without a button. */
export function useOlder(
  button: RefObject<HTMLElement | null>,
  box: RefObject<HTMLElement | null>,
  hidden: number,
  older: (turns: number) => void,
): void {
  useEffect(() => {
    if (hidden === 0 || button.current === null) return
    const near = new IntersectionObserver(([entry]) => entry?.isIntersecting && older(autoTurns), {
      root: box.current,
      rootMargin: `${nearPx}px 0px 0px`,
    })
    near.observe(button.current)
    return () => near.disconnect()
  }, [hidden, older, button, box])
}
