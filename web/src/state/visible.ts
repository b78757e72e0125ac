/** Whether the page is visible. A page counts as visible for three seconds after it was hidden. */
import { signal } from './signal.ts'

const graceMs = 3_000

const isShown = () => document.visibilityState === 'visible'

export const visible = signal(isShown())
let timer: ReturnType<typeof setTimeout> | undefined
document.addEventListener('visibilitychange', () => {
  clearTimeout(timer)
  if (isShown()) visible.set(true)
  else timer = setTimeout(() => visible.set(false), graceMs)
})

/** Resolves when the page is visible or `stop` aborts. */
export function untilVisible(stop: AbortSignal): Promise<void> {
  if (visible.get() || stop.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const go = () => {
      drop()
      stop.removeEventListener('abort', go)
      resolve()
    }
    const drop = visible.subscribe(go)
    stop.addEventListener('abort', go)
  })
}

/** A signal that aborts when the page is hidden or `stop` aborts. Call `drop` when it is no longer needed. */
export function whileVisible(stop: AbortSignal): { readonly signal: AbortSignal; readonly drop: () => void } {
  const hidden = new AbortController()
  const drop = visible.subscribe(() => visible.get() || hidden.abort())
  return { signal: AbortSignal.any([stop, hidden.signal]), drop }
}
