/** Moving between pages, and where the focus goes then: to the new page's heading, unless the mover has a better place. */
import { navigate } from 'wouter/use-browser-location'
import { drawer } from './overlay.ts'

let keep = false

/** Goes to `path`. With `keepFocus` the focus is left to the caller. */
export function go(path: string, { keepFocus = false, replace = false } = {}): void {
  keep = keepFocus
  navigate(path, { replace })
}

/** At the end of a draft: one goes on where one stopped. */
export function focusComposer(): void {
  const composer = document.querySelector<HTMLTextAreaElement>('textarea#composer')
  composer?.focus()
  composer?.setSelectionRange(composer.value.length, composer.value.length)
}

/** Where what had the focus is gone. A finger is left alone: the focus would bring up its keyboard. */
export const returnToComposer = (): void => {
  if (matchMedia('(pointer: fine)').matches) document.getElementById('composer')?.focus({ preventScroll: true })
}

export function newChat(): void {
  drawer.set(false)
  go('/', { keepFocus: true })
  // After the page has changed, so that a draft is there to be continued.
  requestAnimationFrame(focusComposer)
}

/** To be called when a page has changed. */
export function focusHeading(): void {
  if (!keep) document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
  keep = false
}
