import { useState } from 'react'
import type { ActiveConstitution, ConstitutionRecord } from '../../../../shared/api/constitution.ts'
import { showToast } from '../../state/toast.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { rollBack } from './constitution-api.ts'

interface Props {
  readonly now: ActiveConstitution
  readonly versions: readonly ConstitutionRecord[]
  readonly isAdmin: boolean
  readonly reload: () => Promise<void>
}

/** Lists the versions that were active, newest first. An administrator can roll back to an earlier one. */
export function ConstitutionHistory({ now, versions, isAdmin, reload }: Props) {
  const [chosen, setChosen] = useState<ConstitutionRecord | null>(null)
  return (
    <section className="card" aria-label="History">
      <h2>History</h2>
      <ul className="list constitution-history" data-testid="constitution-history">
        {versions.map((record, index) => {
          const { seq, version, checksum, loaded_at, loaded_by, rolled_back_from } = record
          // One button per version, at its newest entry.
          const canRollBack = version !== now.version && versions.findIndex((other) => other.version === version) === index
          return (
            <li key={seq}>
              <div className="list-main">
                <strong>Version {version}</strong>
                {index === 0 && <span className="tag good">active</span>}
                {rolled_back_from !== null && <span className="tag">restored in place of {rolled_back_from}</span>}
              </div>
              <div className="list-facts">
                <span>
                  <RelativeTime at={loaded_at} />
                </span>
                <span>by {loaded_by}</span>
                <code title={checksum ?? undefined}>{checksum?.slice(0, 12)}</code>
              </div>
              {isAdmin && canRollBack && (
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
        <RollBackDialog
          to={chosen}
          from={now.version}
          onClose={() => setChosen(null)}
          onDone={() => reload().then(() => setChosen(null))}
        />
      )}
    </section>
  )
}

interface DialogProps {
  readonly to: ConstitutionRecord
  readonly from: number
  readonly onClose: () => void
  readonly onDone: () => Promise<void>
}

const RollBackDialog = ({ to: { version }, from, onClose, onDone }: DialogProps) => (
  <ConfirmDialog
    title={`Restore version ${version}?`}
    description={`It replaces version ${from} for everyone in this workspace, within two seconds. You can restore version ${from} the same way.`}
    cancelLabel={`Keep version ${from}`}
    confirmLabel="Roll back"
    busyLabel="Rolling back…"
    work={async () => {
      await rollBack(version)
      showToast(`Version ${version} is active again within two seconds`)
      await onDone()
    }}
    onClose={onClose}
    testId="roll-back-dialog"
    confirmTestId="confirm-roll-back"
  />
)
