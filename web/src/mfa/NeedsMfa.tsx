import '../settings/account/account.css'
import './code.css'
import { type FormEvent, useState } from 'react'
import { checkAuth, signOut } from '../state/auth.ts'
import { Logo } from '../ui/Logo.tsx'
import { Failed } from '../ui/parts.tsx'
import { useAttempt, useLoad } from '../ui/use-load.ts'
import { CodeField } from './CodeField.tsx'
import { Enrol } from './Enrol.tsx'
import { getMfa, verifyMfa } from './mfa-api.ts'
import { keepThem, RecoveryCodes } from './RecoveryCodes.tsx'

/** In place of the app, for somebody of whom the tenant demands a second factor that they have not shown: set one up, or show it. */
export default function NeedsMfa() {
  const [mfa, again] = useLoad(getMfa)
  const [recovery, setRecovery] = useState<readonly string[] | null>(null)
  const leave = useAttempt()
  return (
    <main className="sign-in" data-testid="needs-mfa">
      <div className="sign-in-card needs-mfa">
        <Logo />
        {recovery ? (
          <>
            <h1>Keep your recovery codes</h1>
            <p>{keepThem}</p>
            <RecoveryCodes codes={recovery} onKept={() => void checkAuth()} />
          </>
        ) : (
          <>
            {mfa.kind === 'failed' && <Failed trouble={mfa.trouble} again={() => void again()} />}
            {mfa.kind === 'ready' && (mfa.value.on ? <Show /> : <SetUp onVerified={setRecovery} />)}
            <p className="fine">
              <button type="button" className="link" disabled={leave.busy} onClick={() => void leave.attempt(signOut)}>
                Sign out
              </button>
            </p>
          </>
        )}
      </div>
    </main>
  )
}

const SetUp = ({ onVerified }: { readonly onVerified: (codes: readonly string[]) => void }) => (
  <>
    <h1>Set up a second factor</h1>
    <p>Your tenant asks you for a code from an app when you sign in. It takes a minute.</p>
    <Enrol onVerified={onVerified} onCancel={null} />
  </>
)

/** Signed in before the second factor was, or in another browser. */
function Show() {
  const { busy, trouble, attempt } = useAttempt()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const code = String(new FormData(event.currentTarget).get('code'))
    void attempt(() => verifyMfa(code).then(checkAuth))
  }
  return (
    <>
      <h1>Enter your code</h1>
      <form className="code-form" onSubmit={submit}>
        <p>Your tenant asks for your second factor: six digits of your app, or a recovery code.</p>
        <CodeField label="Code" either trouble={trouble} />
        <button type="submit" className="button primary wide" disabled={busy}>
          {busy ? 'Checking…' : 'Continue'}
        </button>
      </form>
    </>
  )
}
