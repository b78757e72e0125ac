import { useEffect, useState } from 'react'
import type { Retrying } from '../../../../shared/events/delta.ts'
import { chat } from '../../strings/chat.ts'
import { insert } from '../../strings/insert.ts'
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
        {insert(chat.retry.again({ cause: causeText(retrying) }), {
          when: seconds > 0 ? <span className="number">{chat.retry.inSeconds({ seconds })}</span> : chat.retry.now,
          attempt: <span className="number">{chat.retry.attempt({ number: retrying.attempt, count: retrying.attempts })}</span>,
        })}
      </span>
    </>
  )
}
