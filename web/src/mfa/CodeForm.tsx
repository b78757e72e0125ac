import { type FormEvent, useState } from 'react'
import { ApiError } from '../../../shared/client/errors.ts'
import { createTransport } from '../../../shared/client/transport.ts'
import { entered } from '../state/auth.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { CodeField } from './CodeField.tsx'

const transport = createTransport({ baseUrl: '' })

/** The second half of signing in: the challenge is in a cookie, the code is typed, pasted or filled in. */
export function CodeForm({ onBack }: { readonly onBack: () => void }) {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<UserError | null>(null)
  const [over, setOver] = useState(false)
  const [recovery, setRecovery] = useState(false)
  const back = () => {
    forgetAsking()
    onBack()
  }
  const answer = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    setBusy(true)
    setTrouble(null)
    try {
      const body = { code: String(new FormData(form).get('code')) }
      const me = await (await transport('POST', '/v1/auth/mfa', { body })).json()
      forgetAsking()
      entered(me)
    } catch (error) {
      setTrouble(toUserError(error))
      setOver(error instanceof ApiError && error.status === 401)
      setBusy(false)
      form.querySelector('input')?.select()
    }
  }
  return (
    <form className="code-form" onSubmit={answer} data-testid="code-form">
      <p>
        {recovery
          ? 'One of the codes that you kept when you set up your second factor. Each works once.'
          : 'The six digits that your authenticator app shows now.'}
      </p>
      <CodeField key={`${recovery}`} recovery={recovery} label={recovery ? 'Recovery code' : 'Code'} trouble={trouble} />
      {over ? (
        <button type="button" className="button primary wide" onClick={back}>
          Sign in again
        </button>
      ) : (
        <button type="submit" className="button primary wide" disabled={busy} data-testid="code-submit">
          {busy ? 'Checking…' : 'Continue'}
        </button>
      )}
      <div className="code-ways">
        <button
          type="button"
          className="link"
          onClick={() => {
            setRecovery(!recovery)
            setTrouble(null)
          }}
        >
          {recovery ? 'Use the app instead' : 'Use a recovery code'}
        </button>
        <button type="button" className="link" onClick={back}>
          Back
        </button>
      </div>
    </form>
  )
}

/** The address says no more that a code is wanted. */
function forgetAsking(): void {
  const page = new URL(location.href)
  page.searchParams.delete('sign_in')
  history.replaceState(history.state, '', `${page.pathname}${page.search}`)
}
