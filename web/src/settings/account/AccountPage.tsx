import './account.css'
import { useState } from 'react'
import { finishSignOut, signOut } from '../../state/auth.ts'
import { useMe } from '../../state/me.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { roleTexts } from '../users/roles.ts'
import { signOutEverywhere } from './account-api.ts'
import { OwnSignIns } from './OwnSignIns.tsx'
import { SecondFactor } from './SecondFactor.tsx'

/** Shows who is signed in, the second factor and the sign-ins, and signs out. */
export default function AccountPage() {
  const me = useMe()
  const [confirming, setConfirming] = useState(false)
  const [changes, setChanges] = useState(0)
  const { busy, error, run } = useAction()
  if (me === null) return null
  const { subject, tenant, role, expires_at } = me
  return (
    <Page title="Account" lead="Your role, your second factor and your sign-ins.">
      <dl className="facts">
        <dt>Signed in as</dt>
        <dd>{subject}</dd>
        <dt>Workspace</dt>
        <dd>{tenant}</dd>
        <dt>Role</dt>
        <dd>
          {roleTexts[role].label}: <span className="faint">{roleTexts[role].description}</span>
        </dd>
        <dt>Signed in until</dt>
        <dd>
          <RelativeTime at={expires_at} />
        </dd>
      </dl>
      <SecondFactor onChanged={() => setChanges(changes + 1)} />
      <OwnSignIns key={changes} />
      <section className="card">
        <h2>Sign out</h2>
        <p className="lead">
          Ends the sign-in of this browser at once. “On every device” also ends API tokens that act for you; API keys stay valid.
        </p>
        <div className="actions">
          <button type="button" className="button" disabled={busy} onClick={() => void run(signOut)}>
            Sign out
          </button>
          <button type="button" className="button danger" disabled={busy} onClick={() => setConfirming(true)}>
            Sign out on every device…
          </button>
        </div>
        <ErrorNotice error={error} />
      </section>
      {confirming && (
        <ConfirmDialog
          title="Sign out on every device?"
          description="You must sign in again, in this browser too. Drafts in this browser are removed."
          cancelLabel="Stay signed in"
          confirmLabel="Sign out everywhere"
          busyLabel="Signing out…"
          work={() => finishSignOut(signOutEverywhere())}
          onClose={() => setConfirming(false)}
          testId="everywhere-dialog"
          confirmTestId="confirm-everywhere"
        />
      )}
    </Page>
  )
}
