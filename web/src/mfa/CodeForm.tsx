import { type FormEvent, useState } from 'react'
import { createTransport } from '../../../shared/client/transport.ts'
import { completeSignIn } from '../state/auth.ts'
import { isStatus, toUserError, type UserError } from '../state/user-error.ts'
import { mfa } from '../strings/mfa.ts'
import { CodeField } from './CodeField.tsx'

const transport = createTransport({ baseUrl: '' })

/** The second step of a sign-in. The challenge is in a cookie; a 401 means that it expired. */
export function CodeForm({ onBack }: { readonly onBack: () => void }) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<UserError | null>(null)
  const [expired, setExpired] = useState(false)
  const [usesRecoveryCode, setRecovery] = useState(false)
  const goBack = () => {
    clearChallenge()
    onBack()
  }
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    setBusy(true)
    setError(null)
    try {
      const body = { code: String(new FormData(form).get('code')) }
      const me = await (await transport('POST', '/v1/auth/mfa', { body })).json()
      clearChallenge()
      completeSignIn(me)
    } catch (thrown) {
      setError(toUserError(thrown))
      setExpired(isStatus(thrown, 401))
      setBusy(false)
      form.querySelector('input')?.select()
    }
  }
  return (
    <form className="code-form" onSubmit={submit} data-testid="code-form">
      <p>{usesRecoveryCode ? mfa.code.recoveryHint : mfa.code.digitsHint}</p>
      <CodeField
        key={`${usesRecoveryCode}`}
        recovery={usesRecoveryCode}
        label={usesRecoveryCode ? mfa.code.recoveryLabel : mfa.code.label}
        error={error}
      />
      {expired ? (
        <button type="button" className="button primary wide" onClick={goBack}>
          {mfa.code.signInAgain}
        </button>
      ) : (
        <button type="submit" className="button primary wide" disabled={busy} data-testid="code-submit">
          {busy ? mfa.code.checking : mfa.code.continueButton}
        </button>
      )}
      <div className="code-ways">
        <button
          type="button"
          className="link"
          onClick={() => {
            setRecovery(!usesRecoveryCode)
            setError(null)
          }}
        >
          {usesRecoveryCode ? mfa.code.useApp : mfa.code.useRecovery}
        </button>
        <button type="button" className="link" onClick={goBack}>
          {mfa.code.backButton}
        </button>
      </div>
    </form>
  )
}

/** Removes the request for a code from the address. */
function clearChallenge(): void {
  const page = new URL(location.href)
  page.searchParams.delete('sign_in')
  history.replaceState(history.state, '', `${page.pathname}${page.search}`)
}
