import '../app/sign-in.css'
import '../settings/account/account.css'
import './code.css'
import { type FormEvent, useState } from 'react'
import { checkAuth, signOut } from '../state/auth.ts'
import { Async } from '../ui/Async.tsx'
import { Logo } from '../ui/Logo.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoad } from '../ui/use-load.ts'
import { CodeField } from './CodeField.tsx'
import { Enrol } from './Enrol.tsx'
import { getMfa, verifyMfa } from './mfa-api.ts'
import { keepCodesText, RecoveryCodes } from './RecoveryCodes.tsx'

/** Replaces the app until the user sets up or enters the second factor that their tenant requires. */
export default function NeedsMfa() {
  const mfa = useLoad(getMfa)
  const [recovery, setRecovery] = useState<readonly string[] | null>(null)
  const signOutAction = useAction()
  return (
    <main className="sign-in" data-testid="needs-mfa">
      <div className="sign-in-card needs-mfa">
        <Logo />
        {recovery ? (
          <>
            <h1>Save your recovery codes</h1>
            <p>{keepCodesText}</p>
            <RecoveryCodes codes={recovery} onKept={() => void checkAuth()} />
          </>
        ) : (
          <>
            <Async load={mfa}>{({ on }) => (on ? <EnterCode /> : <SetUp onVerified={setRecovery} />)}</Async>
            <p className="fine">
              <button type="button" className="link" disabled={signOutAction.busy} onClick={() => void signOutAction.run(signOut)}>
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
    <p>Your workspace requires a code from an app when you sign in. Setup takes a minute.</p>
    <Enrol onVerified={onVerified} onCancel={null} />
  </>
)

/** For a sign-in that is older than the user's second factor. */
function EnterCode() {
  const { busy, error, run } = useAction()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const code = String(new FormData(event.currentTarget).get('code'))
    void run(() => verifyMfa(code).then(checkAuth))
  }
  return (
    <>
      <h1>Enter your code</h1>
      <form className="code-form" onSubmit={submit}>
        <p>Your workspace requires your second factor: six digits from your app, or a recovery code.</p>
        <CodeField label="Code" either error={error} />
        <button type="submit" className="button primary wide" disabled={busy}>
          {busy ? 'Checking…' : 'Continue'}
        </button>
      </form>
    </>
  )
}
