import { useState } from 'react'
import { signIn } from '../state/auth.ts'
import { inWords, type Trouble } from '../state/words.ts'
import { Logo } from '../ui/Logo.tsx'

/** The first page of a stranger: one sentence what this is, one button. */
export function SignIn({ dev }: { readonly dev: boolean }) {
  return (
    <main className="sign-in" data-testid="sign-in">
      <div className="sign-in-card">
        <Logo />
        <h1>Conversations that keep their place</h1>
        <p>Refresh, switch tabs or lose the network: Soma picks up at the very word where you left.</p>
        <SignInButton dev={dev} />
        <p className="fine">
          <a href="/docs">API reference</a>
        </p>
      </div>
    </main>
  )
}

export function SignInButton({ dev }: { readonly dev: boolean }) {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  if (!dev) return <p className="notice">Sign-in is not set up on this server yet. Ask the person who runs it.</p>

  const enter = async () => {
    setBusy(true)
    setTrouble(null)
    try {
      await signIn()
    } catch (error) {
      setTrouble(inWords(error))
      setBusy(false)
    }
  }
  return (
    <>
      {/* biome-ignore lint/a11y/noAutofocus: the page's only action */}
      <button type="button" className="button primary wide" onClick={enter} disabled={busy} autoFocus data-testid="sign-in-button">
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
