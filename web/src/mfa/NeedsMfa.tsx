import '../app/sign-in.css'
import '../settings/account/account.css'
import './code.css'
import { type FormEvent, useState } from 'react'
import { checkAuth, signOut } from '../state/auth.ts'
import { mfa } from '../strings/mfa.ts'
import { Async } from '../ui/Async.tsx'
import { Logo } from '../ui/Logo.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoad } from '../ui/use-load.ts'
import { CodeField } from './CodeField.tsx'
import { Enrol } from './Enrol.tsx'
import { getMfa, verifyMfa } from './mfa-api.ts'
import { RecoveryCodes } from './RecoveryCodes.tsx'

/** Replaces the app until the user sets up or enters the second factor that their tenant requires. */
export default function NeedsMfa() {
  const state = useLoad(getMfa)
  const [recovery, setRecovery] = useState<readonly string[] | null>(null)
  const signOutAction = useAction()
  return (
    <main className="sign-in" data-testid="needs-mfa">
      <div className="sign-in-card needs-mfa">
        <Logo />
        {recovery ? (
          <>
            <h1>{mfa.recovery.title}</h1>
            <p>{mfa.recovery.text}</p>
            <RecoveryCodes codes={recovery} onKept={() => void checkAuth()} />
          </>
        ) : (
          <>
            <Async load={state}>{({ on }) => (on ? <EnterCode /> : <SetUp onVerified={setRecovery} />)}</Async>
            <p className="fine">
              <button type="button" className="link" disabled={signOutAction.busy} onClick={() => void signOutAction.run(signOut)}>
                {mfa.required.signOutButton}
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
    <h1>{mfa.required.setUpTitle}</h1>
    <p>{mfa.required.setUp}</p>
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
      <h1>{mfa.required.enterTitle}</h1>
      <form className="code-form" onSubmit={submit}>
        <p>{mfa.required.enter}</p>
        <CodeField label={mfa.code.label} either error={error} />
        <button type="submit" className="button primary wide" disabled={busy}>
          {busy ? mfa.code.checking : mfa.code.continueButton}
        </button>
      </form>
    </>
  )
}
