import { useState } from 'react'
import type { ActiveConstitution, ConstitutionRecord } from '../../../../shared/api/constitution.ts'
import { showToast } from '../../state/toast.ts'
import { settingsConstitution } from '../../strings/settings-constitution.ts'
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
  const texts = settingsConstitution.history
  const [chosen, setChosen] = useState<ConstitutionRecord | null>(null)
  return (
    <section className="card" aria-label={texts.title}>
      <h2>{texts.title}</h2>
      <ul className="list constitution-history" data-testid="constitution-history">
        {versions.map((record, index) => {
          const { seq, version, checksum, loaded_at, loaded_by, rolled_back_from } = record
          // One button per version, at its newest entry.
          const canRollBack = version !== now.version && versions.findIndex((other) => other.version === version) === index
          return (
            <li key={seq}>
              <div className="list-main">
                <strong>{settingsConstitution.active.version({ version })}</strong>
                {index === 0 && <span className="tag good">{texts.activeTag}</span>}
                {rolled_back_from !== null && <span className="tag">{texts.restoredTag({ version: rolled_back_from })}</span>}
              </div>
              <div className="list-facts">
                <span>
                  <RelativeTime at={loaded_at} />
                </span>
                {loaded_by !== null && <span>{texts.by({ subject: loaded_by })}</span>}
                <code title={checksum ?? undefined}>{checksum?.slice(0, 12)}</code>
              </div>
              {isAdmin && canRollBack && (
                <button
                  type="button"
                  className="button small"
                  onClick={() => setChosen(record)}
                  aria-label={texts.rollBackLabel({ version })}
                >
                  {texts.rollBackButton}
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
    title={settingsConstitution.rollBack.title({ version })}
    description={settingsConstitution.rollBack.text({ from })}
    cancelLabel={settingsConstitution.rollBack.cancelButton({ from })}
    confirmLabel={settingsConstitution.rollBack.confirmButton}
    busyLabel={settingsConstitution.rollBack.busyButton}
    work={async () => {
      await rollBack(version)
      showToast(settingsConstitution.rollBack.doneNotice({ version }))
      await onDone()
    }}
    onClose={onClose}
    testId="roll-back-dialog"
    confirmTestId="confirm-roll-back"
  />
)
