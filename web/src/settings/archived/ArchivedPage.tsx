import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { SessionList } from '../../../../shared/api/sessions.ts'
import { listArchived, restore } from '../../sessions/list-entry.ts'
import { Async } from '../../ui/Async.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'

/** Lists the user's archived conversations, and puts them back. */
export default function ArchivedPage() {
  const load = useCallback(() => listArchived(), [])
  const page = useLoad(load)
  const [older, setOlder] = useState<SessionList | null>(null)
  const { busy, error, run } = useAction()
  const first = page.value
  useEffect(() => setOlder(null), [first])
  const sessions = [...(first?.sessions ?? []), ...(older?.sessions ?? [])]
  const next = (older ?? first)?.next_cursor ?? null
  const more = () =>
    run(async () => {
      if (next === null) return
      const page = await listArchived(next)
      setOlder((before) => ({ sessions: [...(before?.sessions ?? []), ...page.sessions], next_cursor: page.next_cursor }))
    })
  const back = (sessionId: string) =>
    run(async () => {
      await restore(sessionId)
      await page.reload()
    })
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
                onClick={() => void back(session_id)}
                aria-label={`Restore “${title || 'Untitled'}”`}
              >
                Restore
              </button>
            </li>
          ))}
        </ul>
      )}
      <ErrorNotice error={error} />
      {next !== null && (
        <div>
          <button type="button" className="button" disabled={busy} onClick={() => void more()}>
            {busy ? 'Loading…' : 'More'}
          </button>
        </div>
      )}
    </Page>
  )
}
