import { useEffect } from 'react'
import { checkAuth } from '../state/auth.ts'

const retryMs = 5_000

/** While `active`, asks every five seconds who is signed in, and at once when the network is back. */
export function useAuthRetry(active: boolean): void {
  useEffect(() => {
    if (!active) return
    const check = () => void checkAuth()
    const timer = setInterval(check, retryMs)
    addEventListener('online', check)
    return () => {
      clearInterval(timer)
      removeEventListener('online', check)
    }
  }, [active])
}
