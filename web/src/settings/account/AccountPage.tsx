import './account.css'
import { useState } from 'react'
import { finishSignOut, signOut } from '../../state/auth.ts'
import { useMe } from '../../state/me.ts'
import { settings } from '../../strings/settings.ts'
import { settingsAccount } from '../../strings/settings-account.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { signOutEverywhere } from './account-api.ts'
import { OwnInstructions } from './OwnInstructions.tsx'
import { OwnSignIns } from './OwnSignIns.tsx'
import { SecondFactor } from './SecondFactor.tsx'

/** Shows who is signed in, two-factor authentication and the sign-ins, and signs out. */
export default function AccountPage() {
  const me = useMe()
  const [confirming, setConfirming] = useState(false)
  const [changes, setChanges] = useState(0)
  const { busy, error, run } = useAction()
  if (me === null) return null
  const { subject, tenant, role, expires_at } = me
  const { page, signOut: texts } = settingsAccount
  return (
    <Page title={page.title} lead={page.lead}>
      <dl className="facts">
        <dt>{page.signedInAs}</dt>
        <dd>{subject}</dd>
        <dt>{page.workspace}</dt>
        <dd>{tenant}</dd>
        <dt>{page.role}</dt>
        <dd>
          {settings.roles[role]}: <span className="faint">{settings.roleDescriptions[role]}</span>
        </dd>
        <dt>{page.signInEnds}</dt>
        <dd>
          <RelativeTime at={expires_at} />
        </dd>
      </dl>
      <OwnInstructions />
      <SecondFactor onChanged={() => setChanges(changes + 1)} />
      <OwnSignIns key={changes} />
      <section className="card">
        <h2>{texts.title}</h2>
        <p className="lead">{texts.lead}</p>
        <div className="actions">
          <button type="button" className="button" disabled={busy} onClick={() => void run(signOut)}>
            {texts.button}
          </button>
          <button type="button" className="button danger" disabled={busy} onClick={() => setConfirming(true)}>
            {texts.everywhereButton}
          </button>
        </div>
        <ErrorNotice error={error} />
      </section>
      {confirming && (
        <ConfirmDialog
          title={texts.dialogTitle}
          description={texts.dialogText}
          cancelLabel={texts.cancelButton}
          confirmLabel={texts.confirmButton}
          busyLabel={texts.busyButton}
          work={() => finishSignOut(signOutEverywhere())}
          onClose={() => setConfirming(false)}
          testId="everywhere-dialog"
          confirmTestId="confirm-everywhere"
        />
      )}
    </Page>
  )
}
