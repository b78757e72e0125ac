/** Lists what an import accepted and refused, by conversation. */
import './import-report.css'
import type { ImportResult } from '../state/import-result.ts'
import { closeOverlay } from '../state/overlay.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { Modal } from '../ui/Modal.tsx'
import { ScrollBox } from '../ui/ScrollBox.tsx'

interface Props {
  readonly results: readonly ImportResult[]
}

export default function ImportReport({ results }: Props) {
  const imported = results.filter(({ ctxid }) => ctxid !== null).length
  const refused = results.length - imported
  const summary = refused > 0 ? strings.importReport.someImported({ imported, refused }) : strings.importReport.allImported({ imported })
  return (
    <Modal title={strings.importReport.title} description={summary} onClose={closeOverlay} testId="import-report">
      <ScrollBox as="ul" className="import-report" aria-label={strings.importReport.label}>
        {results.map(({ file, title, ctxid, notes, reasons }, index) => (
          // The list never changes while it is shown, and two conversations may have one title.
          <li key={index} data-state={ctxid === null ? 'refused' : 'imported'}>
            <strong>{title || file}</strong>{' '}
            {ctxid === null ? strings.importReport.refused : notes.length === 0 && strings.importReport.imported}
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
          {strings.importReport.doneButton}
        </button>
      </div>
    </Modal>
  )
}
