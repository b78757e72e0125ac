import { Link } from 'wouter'
import { listArchived, restore } from '../../sessions/list-entry.ts'
import { useSessionPages } from '../../sessions/use-session-pages.ts'
import { insert } from '../../strings/insert.ts'
import { settingsArchived } from '../../strings/settings-archived.ts'
import { Async } from '../../ui/Async.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { MoreButton } from '../../ui/MoreButton.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'

/** Lists the user's archived conversations, and puts them back. */
export default function ArchivedPage() {
  const { page: texts, row } = settingsArchived
  const { page, sessions, hasMore, more, change, busy, error } = useSessionPages(listArchived)
  const link = (
    <Link href="/" className="button">
      {texts.emptyLink}
    </Link>
  )
  return (
    <Page title={texts.title} lead={texts.lead}>
      <Async load={page}>
        {() =>
          sessions.length === 0 && (
            <Empty title={texts.emptyTitle} action={link}>
              {texts.emptyText}
            </Empty>
          )
        }
      </Async>
      {sessions.length > 0 && (
        <ul className="list" aria-label={texts.title} data-testid="archived">
          {sessions.map(({ session_id, title, updated_at }) => (
            <li key={session_id}>
              <Link href={`/c/${session_id}`}>{title || row.untitled}</Link>
              <span className="list-facts">
                <span>{insert(row.lastActive, { time: <RelativeTime at={updated_at} /> })}</span>
              </span>
              <button
                type="button"
                className="button small"
                disabled={busy}
                onClick={() => void change(() => restore(session_id))}
                aria-label={row.restoreLabel({ title: title || row.untitled })}
              >
                {row.restoreButton}
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
