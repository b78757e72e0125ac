import { checkAuth } from '../state/auth.ts'
import type { UserError } from '../state/user-error.ts'
import { app } from '../strings/app.ts'

/** Replaces the app when the server did not respond. `App` tries again every five seconds. */
export function Unavailable({ error }: { readonly error: UserError }) {
  return (
    <main className="page-note" role="alert" data-testid="unavailable">
      <h1>{error.title}</h1>
      <p>
        {error.detail} {app.unavailable.retries}
      </p>
      <button type="button" className="button primary" onClick={() => void checkAuth()}>
        {app.unavailable.retryButton}
      </button>
    </main>
  )
}
