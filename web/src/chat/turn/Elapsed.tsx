import { useEffect, useState } from 'react'
import { chat } from '../../strings/chat.ts'

/** Shorter waits show no number. */
const minShownSeconds = 2

/** Seconds since it was mounted. Uses the browser's clock, which may differ from the server's. */
export function Elapsed() {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const startedAt = performance.now()
    const timer = setInterval(() => setSeconds(Math.floor((performance.now() - startedAt) / 1_000)), 250)
    return () => clearInterval(timer)
  }, [])
  return seconds >= minShownSeconds ? <span className="number">{chat.state.seconds({ seconds })}</span> : null
}
