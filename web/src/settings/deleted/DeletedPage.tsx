import { useState } from 'react'
import type { SessionSummary } from '../../../../shared/api/sessions.ts'
import { deleteForever, listTrashed, restore } from '../../sessions/trash.ts'
import { useSessionPages } from '../../sessions/use-session-pages.ts'
import { settingsDeleted } from '../../strings/settings-deleted.ts'
import { Async } from '../../ui/Async.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { formatDate } from '../../ui/format-date.ts'
import { MoreButton } from '../../ui/MoreButton.tsx'
import { Page } from '../../ui/Page.tsx'
import { daysLeft } from './days-left.ts'

/** Lists the conversations that the user deleted in the last 30 days. Restores them, or deletes them permanently. */
export default function DeletedPage() {
  const { page: texts, row, dialog } = settingsDeleted
  const { page, sessions, hasMore, more, change, busy, error } = useSessionPages(listTrashed)
  const [confirming, setConfirming] = useState<SessionSummary | null>(null)
  return (
    <Page title={texts.title} lead={texts.lead}>
      <Async load={page}>{() => sessions.length === 0 && <Empty title={texts.emptyTitle}>{texts.emptyText}</Empty>}</Async>
      {sessions.length > 0 && (
        <ul className="list" aria-label={texts.title} data-testid="deleted">
          {sessions.map((session) => {
            const { session_id, erase_at = 0 } = session
            const title = session.title || row.untitled
            const days = daysLeft(erase_at, Date.now())
            return (
              <li key={session_id}>
                <strong>{title}</strong>
                <span className="list-facts">
                  <span title={formatDate(erase_at)}>{days === 0 ? row.hoursLeft : row.daysLeft({ days })}</span>
                </span>
                <button
                  type="button"
                  className="button small"
                  disabled={busy}
                  onClick={() => void change(() => restore(session_id))}
                  aria-label={row.restoreLabel({ title })}
                >
                  {row.restoreButton}
                </button>
                <button
                  type="button"
                  className="button small"
                  disabled={busy}
                  onClick={() => setConfirming(session)}
                  aria-label={row.deleteLabel({ title })}
                >
                  {row.deleteButton}
                </button>
              </li>
            )
          })}
        </ul>
      )}
      <ErrorNotice error={error} />
      {hasMore && <MoreButton busy={busy} onMore={() => void more()} />}
      {confirming && (
        <ConfirmDialog
          title={dialog.title}
          description={dialog.text({ title: confirming.title || row.untitled })}
          cancelLabel={dialog.cancelButton}
          confirmLabel={dialog.confirmButton}
          busyLabel={dialog.busyButton}
          work={async () => {
            await deleteForever(confirming.session_id)
            setConfirming(null)
            await page.reload()
          }}
          onClose={() => setConfirming(null)}
          testId="delete-dialog"
          confirmTestId="confirm-delete"
        />
      )}
    </Page>
  )
}
