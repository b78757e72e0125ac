import { Link } from 'wouter'
import { listArchived, restore } from '../../sessions/list-entry.ts'
import { useSessionPages } from '../../sessions/use-session-pages.ts'
import { Async } from '../../ui/Async.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { MoreButton } from '../../ui/MoreButton.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'

/** Lists the user's archived conversations, and puts them back. */
export default function ArchivedPage() {
  const { page, sessions, hasMore, more, change, busy, error } = useSessionPages(listArchived)
  return (
    <Page title="Archived conversations" lead="They are not in your list. Restore one to see it there again.">
      <Async load={page}>
        {() => sessions.length === 0 && <Empty title="No archived conversations">Archive a conversation from its menu.</Empty>}
      </Async>
      {sessions.length > 0 && (
        <ul className="list" aria-label="Archived conversations" data-testid="archived">
          {sessions.map(({ session_id, title, updated_at }) => (
            <li key={session_id}>
              <Link href={`/c/${session_id}`}>{title || 'Untitled'}</Link>
              <span className="list-facts">
                <span>
                  last active <RelativeTime at={updated_at} />
                </span>
              </span>
              <button
                type="button"
                className="button small"
                disabled={busy}
                onClick={() => void change(() => restore(session_id))}
                aria-label={`Restore “${title || 'Untitled'}”`}
              >
                Restore
              </button>
            </li>
          ))}
        </ul>
      )}
      <ErrorNotice error={error} />
      {hasMore && <MoreButton busy={busy} onMore={() => void more()} />}
    </Page>
  )
}
