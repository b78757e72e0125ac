import { useState } from 'react'
import type { SessionSummary } from '../../../../shared/api/sessions.ts'
import { deleteForever, listTrashed, restore } from '../../sessions/trash.ts'
import { useSessionPages } from '../../sessions/use-session-pages.ts'
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
  const { page, sessions, hasMore, more, change, busy, error } = useSessionPages(listTrashed)
  const [confirming, setConfirming] = useState<SessionSummary | null>(null)
  return (
    <Page title="Recently deleted" lead="You can restore a conversation for 30 days. After that, it is deleted permanently.">
      <Async load={page}>
        {() =>
          sessions.length === 0 && <Empty title="No deleted conversations">Conversations that you delete are kept here for 30 days.</Empty>
        }
      </Async>
      {sessions.length > 0 && (
        <ul className="list" aria-label="Recently deleted" data-testid="deleted">
          {sessions.map((session) => {
            const { session_id, erase_at = 0 } = session
            const title = session.title || 'Untitled'
            return (
              <li key={session_id}>
                <strong>{title}</strong>
                <span className="list-facts">
                  <span title={formatDate(erase_at)}>{daysLeft(erase_at, Date.now())}</span>
                </span>
                <button
                  type="button"
                  className="button small"
                  disabled={busy}
                  onClick={() => void change(() => restore(session_id))}
                  aria-label={`Restore “${title}”`}
                >
                  Restore
                </button>
                <button
                  type="button"
                  className="button small"
                  disabled={busy}
                  onClick={() => setConfirming(session)}
                  aria-label={`Delete “${title}” permanently`}
                >
                  Delete permanently
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
          title="Delete permanently?"
          description={`“${confirming.title || 'Untitled'}” and all its messages will be deleted. This cannot be undone.`}
          cancelLabel="Keep it"
          confirmLabel="Delete permanently"
          busyLabel="Deleting…"
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
