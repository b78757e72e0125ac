/** Navigation. The focus moves to the new page's heading unless the caller places it. */
import { navigate } from 'wouter/use-browser-location'
import { drawer } from '../state/overlay.ts'

let keep = false

/** Goes to `path`. With `keepFocus` the focus is left to the caller. */
export function go(path: string, { keepFocus = false, replace = false } = {}): void {
  keep = keepFocus
  navigate(path, { replace })
}

/** Focuses the composer, with the cursor at the end of the draft. */
export function focusComposer(): void {
  const composer = document.querySelector<HTMLTextAreaElement>('textarea#composer')
  composer?.focus()
  composer?.setSelectionRange(composer.value.length, composer.value.length)
}

/** Call when the focused element disappears. Does nothing on touch screens, where it would open the keyboard. */
export const returnToComposer = (): void => {
  if (matchMedia('(pointer: fine)').matches) document.getElementById('composer')?.focus({ preventScroll: true })
}

/** Focuses the composer; from a page without one, that of a new chat. */
export function writeMessage(): void {
  if (document.querySelector('textarea#composer') === null) newChat()
  else focusComposer()
}

export function newChat(): void {
  drawer.set(false)
  go('/', { keepFocus: true })
  // After the page has changed, so that the draft is loaded. From another page, the composer may take a moment.
  focusWhenThere()
}

/** Frames to wait for the composer. */
const maxFrames = 60

function focusWhenThere(frame = 0): void {
  requestAnimationFrame(() => {
    focusComposer()
    if (document.activeElement?.id !== 'composer' && frame < maxFrames) focusWhenThere(frame + 1)
  })
}

/** Call after a page change. */
export function focusHeading(): void {
  if (!keep) document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
  keep = false
}
