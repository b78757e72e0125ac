import { useState } from 'react'
import type { AuthMethods } from '../../../shared/api/sessions.ts'
import { CodeForm } from '../mfa/CodeForm.tsx'
import { signIn } from '../state/auth.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { Logo } from '../ui/Logo.tsx'

/** What the server adds to the address when signing in elsewhere did not work. */
const troubles: Readonly<Record<string, string>> = {
  cancelled: 'You did not finish signing in. Try again when you are ready.',
  expired: 'That took too long, or was begun in another browser. Please try again.',
  refused: 'You are known there, but have no place here. Ask the person who runs this server to let you in.',
  failed: 'Signing in did not work. Try again; if it stays so, tell the person who runs this server.',
}

/** The first page of a stranger: one sentence what this is, one button. */
export default function SignIn({ methods }: { readonly methods: AuthMethods }) {
  const [trouble] = useState(takeTrouble)
  const [asked, setAsked] = useState(trouble === asksForCode)
  return (
    <main className="sign-in" data-testid="sign-in">
      <div className="sign-in-card">
        <Logo />
        {asked ? (
          <>
            <h1>Enter your code</h1>
            <CodeForm onBack={() => setAsked(false)} />
          </>
        ) : (
          <>
            <h1>Conversations that keep their place</h1>
            <p>Refresh, switch tabs or lose the network: Soma picks up at the very word where you left.</p>
            {trouble && trouble !== asksForCode && (
              <p className="notice error" role="alert">
                {trouble}
              </p>
            )}
            <SignInWays methods={methods} onAsked={() => setAsked(true)} />
            <p className="fine">
              <a href="/docs">API reference</a>
            </p>
          </>
        )}
      </div>
    </main>
  )
}

/** What the server adds when there is a second factor to show. */
const asksForCode = 'code'

/** In words; said once, so that a reload does not repeat it. */
function takeTrouble(): string | undefined {
  const query = new URLSearchParams(location.search)
  const trouble = query.get('sign_in')
  if (trouble === null) return undefined
  // A reload asks again, as long as the challenge lasts.
  if (trouble === asksForCode) return asksForCode
  query.delete('sign_in')
  history.replaceState(history.state, '', `${location.pathname}${query.size > 0 ? `?${query}` : ''}`)
  return troubles[trouble] ?? troubles.failed
}

/** Every way to sign in that the server offers. */
export function SignInWays({ methods: { dev, oidc }, onAsked }: { readonly methods: AuthMethods; readonly onAsked: () => void }) {
  const [leaving, setLeaving] = useState(false)
  if (!dev && !oidc) return <p className="notice">Sign-in is not set up on this server yet. Ask the person who runs it.</p>
  const to = encodeURIComponent(location.pathname)
  return (
    <>
      {oidc && (
        <a
          className="button primary wide"
          href={`/v1/auth/oidc/start?to=${to}`}
          onClick={() => setLeaving(true)}
          aria-disabled={leaving}
          data-testid="oidc-button"
        >
          {leaving ? 'One moment…' : `Continue with ${oidc.name}`}
        </a>
      )}
      {dev && <DevButton primary={!oidc} onAsked={onAsked} />}
    </>
  )
}

function DevButton({ primary, onAsked }: { readonly primary: boolean; readonly onAsked: () => void }) {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<UserError | null>(null)
  const enter = async () => {
    setBusy(true)
    setTrouble(null)
    try {
      if ((await signIn()) === 'code') onAsked()
    } catch (error) {
      setTrouble(toUserError(error))
      setBusy(false)
    }
  }
  return (
    <>
      <button
        type="button"
        className={primary ? 'button primary wide' : 'button wide'}
        onClick={enter}
        disabled={busy}
        // biome-ignore lint/a11y/noAutofocus: the page's only action
        autoFocus={primary}
        data-testid="sign-in-button"
      >
        {busy ? 'Signing in…' : 'Continue as developer'}
      </button>
      <p className="fine">Development server: no password needed.</p>
      {trouble && (
        <p className="notice error" role="alert">
          {trouble.title}. {trouble.detail}
        </p>
      )}
    </>
  )
}
