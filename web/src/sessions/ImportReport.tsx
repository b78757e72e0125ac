/** Lists what an import accepted and refused, by conversation. */
import './import-report.css'
import type { ImportResult } from '../state/import-result.ts'
import { closeOverlay } from '../state/overlay.ts'
import { Modal } from '../ui/Modal.tsx'
import { ScrollBox } from '../ui/ScrollBox.tsx'

interface Props {
  readonly results: readonly ImportResult[]
}

export default function ImportReport({ results }: Props) {
  const imported = results.filter(({ ctxid }) => ctxid !== null).length
  const refused = results.length - imported
  const summary = `${count(imported)} imported${refused > 0 ? `, ${count(refused)} not imported` : ''}.`
  return (
    <Modal title="Import" description={summary} onClose={closeOverlay} testId="import-report">
      <ScrollBox as="ul" className="import-report" aria-label="Conversations">
        {results.map(({ file, title, ctxid, notes, reasons }, index) => (
          // The list never changes while it is shown, and two conversations may have one title.
          <li key={index} data-state={ctxid === null ? 'refused' : 'imported'}>
            <strong>{title || file}</strong> {ctxid === null ? 'was not imported.' : notes.length === 0 && 'was imported.'}
            {[...reasons, ...notes].map((line) => (
              <p key={line} className="faint">
                {line}
              </p>
            ))}
          </li>
        ))}
      </ScrollBox>
      <div className="modal-actions">
        <button type="button" onClick={closeOverlay}>
          Done
        </button>
      </div>
    </Modal>
  )
}

const count = (conversations: number): string => (conversations === 1 ? '1 conversation' : `${conversations} conversations`)
