import { useEffect } from 'react'
import { checkAuth } from '../state/auth.ts'
import type { UserError } from '../state/user-error.ts'

/** The server did not answer when the page opened. Asks again by itself, without hurry. */
export function Unavailable({ trouble }: { readonly trouble: UserError }) {
  useEffect(() => {
    const timer = setInterval(() => void checkAuth(), 5_000)
    const now = () => void checkAuth()
    addEventListener('online', now)
    return () => {
      clearInterval(timer)
      removeEventListener('online', now)
    }
  }, [])
  return (
    <main className="page-note" role="alert" data-testid="unavailable">
      <h1>{trouble.title}</h1>
      <p>{trouble.detail} We keep trying every few seconds.</p>
      <button type="button" className="button primary" onClick={() => void checkAuth()}>
        Try now
      </button>
    </main>
  )
}
