import { useEffect, useState } from 'react'
import type { Retrying } from '../../../shared/events/event.ts'
import { causeText, dueAt } from './retrying.ts'

/** Counts down to the next attempt of the model call. */
export default function RetryLine({ retrying }: { readonly retrying: Retrying }) {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 250)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.ceil((dueAt(retrying) - now) / 1_000)
  return (
    <>
      <span className="pulse" aria-hidden="true" />
      <span>
        {causeText(retrying)} Trying again {seconds > 0 ? <span className="number">in {seconds} s</span> : 'now'},{' '}
        <span className="number">
          {retrying.attempt} of {retrying.attempts}
        </span>
      </span>
    </>
  )
}
