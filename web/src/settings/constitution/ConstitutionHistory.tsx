import { useState } from 'react'
import { showToast } from '../../state/toast.ts'
import { Modal } from '../../ui/Modal.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { FailureNotice } from '../../ui/parts.tsx'
import { useAttempt } from '../../ui/use-load.ts'
import { type ConstitutionInForce, type ConstitutionRecord, rollBack } from './constitution-api.ts'

interface Props {
  readonly now: ConstitutionInForce
  readonly versions: readonly ConstitutionRecord[]
  readonly admin: boolean
  readonly again: () => Promise<void>
}

/** What was in force when, and by whom; an earlier one can be put back. */
export function ConstitutionHistory({ now, versions, admin, again }: Props) {
  const [chosen, setChosen] = useState<ConstitutionRecord | null>(null)
  return (
    <section className="admin-section" aria-label="History">
      <h2>History</h2>
      <ul className="admin-list constitution-history" data-testid="constitution-history">
        {versions.map((record, at) => {
          const { seq, version, checksum, loaded_at, loaded_by, rolled_back_from } = record
          // Each version once: where it was in force last.
          const back = version !== now.version && versions.findIndex((other) => other.version === version) === at
          return (
            <li key={seq}>
              <div className="admin-row-main">
                <strong>Version {version}</strong>
                {at === 0 && <span className="tag good">in force</span>}
                {rolled_back_from !== null && <span className="tag">put back in place of {rolled_back_from}</span>}
              </div>
              <div className="admin-row-facts">
                <span>
                  <Moment at={loaded_at} />
                </span>
                <span>by {loaded_by}</span>
                <code title={checksum ?? undefined}>{checksum?.slice(0, 12)}</code>
              </div>
              {admin && back && (
                <button
                  type="button"
                  className="button small"
                  onClick={() => setChosen(record)}
                  aria-label={`Roll back to version ${version}`}
                >
                  Roll back
                </button>
              )}
            </li>
          )
        })}
      </ul>
      {chosen && (
        <RollBackDialog to={chosen} from={now.version} onClose={() => setChosen(null)} done={() => again().then(() => setChosen(null))} />
      )}
    </section>
  )
}

interface DialogProps {
  readonly to: ConstitutionRecord
  readonly from: number
  readonly onClose: () => void
  readonly done: () => Promise<void>
}

function RollBackDialog({ to: { version }, from, onClose, done }: DialogProps) {
  const { busy, trouble, attempt } = useAttempt()
  const confirm = () =>
    attempt(async () => {
      await rollBack(version)
      showToast(`Version ${version} is in force again within two seconds`)
      await done()
    })
  return (
    <Modal
      title={`Put version ${version} back in force?`}
      description={`It takes the place of version ${from} for everyone in this tenant, within two seconds. Nothing is lost: you can put version ${from} back the same way.`}
      onClose={onClose}
      testId="roll-back-dialog"
    >
      <FailureNotice trouble={trouble} />
      <div className="modal-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep version {from}
        </button>
        <button type="button" className="button danger" onClick={() => void confirm()} disabled={busy} data-testid="confirm-roll-back">
          {busy ? 'Rolling back…' : 'Roll back'}
        </button>
      </div>
    </Modal>
  )
}
