/** Marks the sides on which a wide table or formula goes on, so that it fades out there. */
import { markdown } from '../strings/markdown.ts'

/** Marks each table and display formula in `root` until the result is called. */
export function hintScrolling(root: HTMLElement): () => void {
  const boxes = [...root.querySelectorAll<HTMLElement>('.table, .math[data-display]')]
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target instanceof HTMLElement) mark(target)
  })
  const onScroll = ({ target }: Event) => target instanceof HTMLElement && mark(target)
  // The boxes may stay.
  const stop = new AbortController()
  for (const box of boxes) {
    sizes.observe(box)
    box.addEventListener('scroll', onScroll, { passive: true, signal: stop.signal })
  }
  return () => {
    sizes.disconnect()
    stop.abort()
  }
}

function mark(box: HTMLElement): void {
  const range = box.scrollWidth - box.clientWidth
  // The keyboard must be able to scroll a formula as well (WCAG 2.1.1).
  if (box.matches('.math') && range > 1) {
    box.tabIndex = 0
    box.role = 'group'
    box.ariaLabel = markdown.formula
  }
  // Negative for a table from right to left.
  const passed = Math.abs(box.scrollLeft)
  const isRtl = getComputedStyle(box).direction === 'rtl'
  box.toggleAttribute('data-more-left', isRtl ? range - passed > 1 : passed > 1)
  box.toggleAttribute('data-more-right', isRtl ? passed > 1 : range - passed > 1)
}
