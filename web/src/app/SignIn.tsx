import './sign-in.css'
import { useState } from 'react'
import type { AuthMethods } from '../../../shared/api/sign-in.ts'
import { CodeForm } from '../mfa/CodeForm.tsx'
import { signIn } from '../state/auth.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { focusOnMount } from '../ui/focus-on-mount.ts'
import { Logo } from '../ui/Logo.tsx'

/** Error texts by the code that the server adds to the address after a failed sign-in at the identity provider. */
const errorTexts: Readonly<Record<string, string>> = {
  cancelled: 'You did not finish signing in. Try again when you are ready.',
  expired: 'The sign-in took too long, or was started in another browser. Please try again.',
  refused: 'Your account is valid, but it has no access to this workspace. Ask the administrator of this server for access.',
  failed: 'Signing in failed. Try again. If it keeps failing, contact the administrator of this server.',
}

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
            <h1>Enter your code</h1>
            <CodeForm onBack={() => setNeedsCode(false)} />
          </>
        ) : (
          <>
            <h1>Conversations that survive a refresh</h1>
            <p>Refresh, switch tabs or lose the network: Soma resumes the answer where it was.</p>
            {outcome && outcome !== codeNeeded && (
              <p className="notice error" role="alert">
                {outcome}
              </p>
            )}
            <SignInMethods methods={methods} onCodeNeeded={() => setNeedsCode(true)} />
            <p className="fine">
              <a href="/docs">API reference</a>
            </p>
          </>
        )}
      </div>
    </main>
  )
}

/** The code in the address when a second factor is needed. */
const codeNeeded = 'code'

/** Reads the outcome from the address: an error text or `codeNeeded`. Removes an error, so that a reload does not repeat it. */
function takeOutcome(): string | undefined {
  const query = new URLSearchParams(location.search)
  const outcome = query.get('sign_in')
  if (outcome === null) return undefined
  // Stays in the address: a reload asks for the code again while the challenge lasts.
  if (outcome === codeNeeded) return codeNeeded
  query.delete('sign_in')
  history.replaceState(history.state, '', `${location.pathname}${query.size > 0 ? `?${query}` : ''}`)
  return errorTexts[outcome] ?? errorTexts.failed
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
  if (!dev && !oidc) return <p className="notice">Sign-in is not set up on this server yet. Ask its administrator.</p>
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
          {leaving ? 'One moment…' : `Continue with ${oidc.name}`}
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
        {busy ? 'Signing in…' : 'Continue as developer'}
      </button>
      <p className="fine">Development server: no password needed.</p>
      {error && (
        <p className="notice error" role="alert">
          {error.title}. {error.detail}
        </p>
      )}
    </>
  )
}
