import { useEffect, useState } from 'react'

/** True once `waiting` has lasted long enough to be worth mentioning: sooner, a word of it only flickers. */
export function useLate(waiting: boolean, afterMs = 300): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!waiting) return setLate(false)
    const timer = setTimeout(() => setLate(true), afterMs)
    return () => clearTimeout(timer)
  }, [waiting, afterMs])
  return waiting && late
}
