/**
 * Shows the text of `title` beside its element at once, also on keyboard focus. The browser's own tooltip comes late and never on focus.
 * Escape and a press close it, and it stays while the pointer is on it (WCAG 2.2, 1.4.13).
 */
import './tooltips.css'

/** How long the pointer rests before a tooltip shows. Milliseconds. */
const restMs = 350
const gapPx = 6
const edgePx = 8

interface Shown {
  readonly target: HTMLElement
  readonly text: string
  readonly tip: HTMLElement
}

let shown: Shown | null = null
let timer: ReturnType<typeof setTimeout> | undefined

export function startTooltips(): void {
  document.addEventListener('pointerover', ({ target, pointerType }) => {
    if (pointerType !== 'mouse') return
    if (shown?.tip.contains(target as Node) || shown?.target.contains(target as Node)) return
    hide()
    const titled = titledAt(target)
    if (titled !== null) timer = setTimeout(() => show(titled), restMs)
  })
  document.addEventListener('focusin', ({ target }) => {
    hide()
    const titled = titledAt(target)
    if (titled?.matches(':focus-visible')) show(titled)
  })
  for (const event of ['focusout', 'pointerdown', 'scroll', 'blur'] as const)
    addEventListener(event, hide, { capture: true, passive: true })
  document.addEventListener('keydown', ({ key }) => key === 'Escape' && hide())
}

const titledAt = (target: EventTarget | null): HTMLElement | null => {
  const titled = target instanceof Element ? target.closest<HTMLElement>('[title]') : null
  return titled?.title ? titled : null
}

function show(target: HTMLElement): void {
  hide()
  if (!target.isConnected || target.title === '') return
  const tip = document.createElement('div')
  tip.className = 'tooltip'
  tip.role = 'tooltip'
  tip.textContent = target.title
  shown = { target, text: target.title, tip }
  // Otherwise the browser shows the text as well.
  target.title = ''
  // Inside an open dialog, or else inside of the page's landmark.
  ;(target.closest('[role="dialog"], main, aside, nav') ?? document.body).append(tip)
  const box = target.getBoundingClientRect()
  const { width, height } = tip.getBoundingClientRect()
  const below = box.bottom + gapPx + height + edgePx < innerHeight
  const left = Math.max(edgePx, Math.min(box.left + (box.width - width) / 2, innerWidth - width - edgePx))
  tip.style.translate = `${Math.round(left)}px ${Math.round(below ? box.bottom + gapPx : box.top - gapPx - height)}px`
}

function hide(): void {
  clearTimeout(timer)
  if (shown === null) return
  const { target, text, tip } = shown
  shown = null
  tip.remove()
  if (target.title === '') target.title = text
}
