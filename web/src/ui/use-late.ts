import { useEffect, useState } from 'react'

/** True after `waiting` has lasted `afterMs`. An earlier “Loading…” would flicker. */
export function useLate(waiting: boolean, afterMs = 300): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!waiting) return setLate(false)
    const timer = setTimeout(() => setLate(true), afterMs)
    return () => clearTimeout(timer)
  }, [waiting, afterMs])
  return waiting && late
}
