/** Components whose code loads when they are first shown. */
import { type ComponentType, lazy } from 'react'
import { exponential } from '../../../shared/lib/backoff.ts'
import { pause } from '../../../shared/lib/timeout.ts'
import { online } from '../state/connection.ts'

interface Module<P> {
  readonly default: ComponentType<P>
}

/** Pauses between attempts to load a part. Milliseconds. */
const firstPauseMs = 500
const longestPauseMs = 30_000

/**
 * A part of a page, inside a `Suspense`. A part that fails to load is tried again until it loads, at once when the browser is online again.
 * Meanwhile the rest of the page works.
 */
export const lazyPart = <P extends object>(load: () => Promise<Module<P>>): ComponentType<P> => lazy(() => untilLoaded(load))

/** A page or an overlay, inside a `Boundary` and a `Suspense`. If it fails to load, the boundary tells, and the next time it is shown tries again. */
export function lazyPage<P extends object>(load: () => Promise<Module<P>>): ComponentType<P> {
  let Page = once()
  function once(): ComponentType<P> {
    return lazy(async () => {
      try {
        return await load()
      } catch (error) {
        // React keeps the failure of a lazy component for good. The boundary shows the failure first.
        setTimeout(() => {
          Page = once()
        }, firstPauseMs)
        throw error
      }
    })
  }
  return (props) => <Page {...props} />
}

async function untilLoaded<T>(load: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await load()
    } catch {
      await onlineAgain(exponential(attempt, firstPauseMs, longestPauseMs))
    }
  }
}

/** Resolves after `ms`, and at once when the browser is online again. */
async function onlineAgain(ms: number): Promise<void> {
  const { done, wake } = pause(ms)
  const drop = online.subscribe(() => online.get() && wake())
  await done.finally(drop)
}
