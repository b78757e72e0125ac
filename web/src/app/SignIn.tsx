import './sign-in.css'
import { useState } from 'react'
import type { AuthMethods } from '../../../shared/api/sign-in.ts'
import { CodeForm } from '../mfa/CodeForm.tsx'
import { signIn } from '../state/auth.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { app } from '../strings/app.ts'
import { textFor } from '../strings/area.ts'
import { focusOnMount } from '../ui/focus-on-mount.ts'
import { Logo } from '../ui/Logo.tsx'

/** The first page for a visitor who is not signed in. */
export default function SignIn({ methods }: { readonly methods: AuthMethods }) {
  const [outcome] = useState(takeOutcome)
  const [needsCode, setNeedsCode] = useState(outcome === codeNeeded)
  return (
    <main className="sign-in" data-testid="sign-in">
      <div className="sign-in-card">
        <Logo />
        {needsCode ? (
          <>
            <h1>{app.signIn.codeTitle}</h1>
            <CodeForm onBack={() => setNeedsCode(false)} />
          </>
        ) : (
          <>
            <h1>{app.signIn.title}</h1>
            <p>{app.signIn.text}</p>
            {outcome !== undefined && outcome !== codeNeeded && (
              <p className="notice error" role="alert">
                {textFor(app.signInErrors, outcome) ?? app.signInErrors.failed}
              </p>
            )}
            <SignInMethods methods={methods} onCodeNeeded={() => setNeedsCode(true)} />
            <p className="fine">
              <a href="/docs">{app.signIn.docsLink}</a>
            </p>
          </>
        )}
      </div>
    </main>
  )
}

/** The code in the address when a second factor is needed. */
const codeNeeded = 'code'

/** Reads the code of the outcome from the address. Removes an error, so that a reload does not repeat it. */
function takeOutcome(): string | undefined {
  const query = new URLSearchParams(location.search)
  const outcome = query.get('sign_in')
  if (outcome === null) return undefined
  // Stays in the address: a reload asks for the code again while the challenge lasts.
  if (outcome === codeNeeded) return outcome
  query.delete('sign_in')
  history.replaceState(history.state, '', `${location.pathname}${query.size > 0 ? `?${query}` : ''}`)
  return outcome
}

/** The sign-in methods that the server offers. */
export function SignInMethods({
  methods: { dev, oidc },
  onCodeNeeded,
}: {
  readonly methods: AuthMethods
  readonly onCodeNeeded: () => void
}) {
  const [leaving, setLeaving] = useState(false)
  if (!dev && !oidc) return <p className="notice">{app.signIn.notSetUp}</p>
  const returnPath = encodeURIComponent(location.pathname)
  return (
    <>
      {oidc && (
        <a
          className="button primary wide"
          href={`/v1/auth/oidc/start?to=${returnPath}`}
          onClick={() => setLeaving(true)}
          aria-disabled={leaving}
          data-testid="oidc-button"
        >
          {leaving ? app.signIn.leaving : app.signIn.oidcButton({ name: oidc.name })}
        </a>
      )}
      {dev && <DevButton primary={!oidc} onCodeNeeded={onCodeNeeded} />}
    </>
  )
}

function DevButton({ primary, onCodeNeeded }: { readonly primary: boolean; readonly onCodeNeeded: () => void }) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<UserError | null>(null)
  const signInAsDeveloper = async () => {
    setBusy(true)
    setError(null)
    try {
      if ((await signIn()) === 'code') onCodeNeeded()
    } catch (thrown) {
      setError(toUserError(thrown))
      setBusy(false)
    }
  }
  return (
    <>
      <button
        type="button"
        className={primary ? 'button primary wide' : 'button wide'}
        onClick={signInAsDeveloper}
        disabled={busy}
        ref={primary ? focusOnMount : undefined}
        data-testid="sign-in-button"
      >
        {busy ? app.signIn.developerBusy : app.signIn.developerButton}
      </button>
      <p className="fine">{app.signIn.developerNote}</p>
      {error && (
        <p className="notice error" role="alert">
          {error.title}. {error.detail}
        </p>
      )}
    </>
  )
}
