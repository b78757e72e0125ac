import './account.css'
import { useState } from 'react'
import { auth, leave, signOut } from '../../state/auth.ts'
import { useSignal } from '../../state/signal.ts'
import { Modal } from '../../ui/Modal.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { FailureNotice, Page } from '../../ui/parts.tsx'
import { useAttempt } from '../../ui/use-load.ts'
import { signOutEverywhere } from '../api.ts'
import { roleWords } from '../users/roles.ts'
import { OwnSignIns } from './OwnSignIns.tsx'
import { SecondFactor } from './SecondFactor.tsx'

export default function AccountPage() {
  const who = useSignal(auth)
  const [asking, setAsking] = useState(false)
  const [changes, setChanges] = useState(0)
  const { busy, trouble, attempt } = useAttempt()
  if (who.kind !== 'in' && who.kind !== 'expired') return null
  const { subject, tenant, role, expires_at } = who.me
  return (
    <Page title="Account" lead="Who you are here, what protects you, and where you are signed in.">
      <dl className="admin-facts">
        <dt>Signed in as</dt>
        <dd>{subject}</dd>
        <dt>Tenant</dt>
        <dd>{tenant}</dd>
        <dt>Role</dt>
        <dd>
          {roleWords[role].label}: <span className="faint">{roleWords[role].may}</span>
        </dd>
        <dt>Signed in until</dt>
        <dd>
          <Moment at={expires_at} />
        </dd>
      </dl>
      <SecondFactor onChanged={() => setChanges(changes + 1)} />
      <OwnSignIns key={changes} />
      <section className="admin-section">
        <h2>Sign out</h2>
        <p className="admin-lead">
          Ends the sign-in of this browser at once. On every device, it also ends what programs were given to act for you; API keys stay.
        </p>
        <div className="admin-actions">
          <button type="button" className="button" disabled={busy} onClick={() => void attempt(signOut)}>
            Sign out
          </button>
          <button type="button" className="button danger" disabled={busy} onClick={() => setAsking(true)}>
            Sign out on every device…
          </button>
        </div>
        {!asking && <FailureNotice trouble={trouble} />}
      </section>
      {asking && (
        <Modal
          title="Sign out on every device?"
          description="You will be asked to sign in again, here too. Drafts in this browser are removed."
          onClose={() => setAsking(false)}
          testId="everywhere-dialog"
        >
          <FailureNotice trouble={trouble} />
          <div className="modal-actions">
            <button type="button" className="button" onClick={() => setAsking(false)}>
              Stay signed in
            </button>
            <button
              type="button"
              className="button danger"
              disabled={busy}
              onClick={() => void attempt(() => signOutEverywhere().then(() => leave()))}
              data-testid="confirm-everywhere"
            >
              {busy ? 'Signing out…' : 'Sign out everywhere'}
            </button>
          </div>
        </Modal>
      )}
    </Page>
  )
}
