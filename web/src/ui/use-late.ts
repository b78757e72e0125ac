import { useEffect, useState } from 'react'

/** True after `waiting` has lasted `afterMs`. An earlier “Loading…” would flicker. */
export function useLate(isWaiting: boolean, afterMs = 300): boolean {
  const [isLate, setIsLate] = useState(false)
  useEffect(() => {
    if (!isWaiting) return setIsLate(false)
    const timer = setTimeout(() => setIsLate(true), afterMs)
    return () => clearTimeout(timer)
  }, [isWaiting, afterMs])
  return isWaiting && isLate
}
