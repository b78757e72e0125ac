import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { SessionList } from '../../../../shared/api/sessions.ts'
import { listArchived, restore } from '../../sessions/list-entry.ts'
import { insert } from '../../strings/insert.ts'
import { settings } from '../../strings/settings.ts'
import { settingsArchived } from '../../strings/settings-archived.ts'
import { Async } from '../../ui/Async.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'

/** Lists the user's archived conversations, and puts them back. */
export default function ArchivedPage() {
  const { page: texts, row } = settingsArchived
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
                onClick={() => void back(session_id)}
                aria-label={row.restoreLabel({ title: title || row.untitled })}
              >
                {row.restoreButton}
              </button>
            </li>
          ))}
        </ul>
      )}
      <ErrorNotice error={error} />
      {next !== null && (
        <div>
          <button type="button" className="button" disabled={busy} onClick={() => void more()}>
            {busy ? settings.buttons.loading : settings.buttons.more}
          </button>
        </div>
      )}
    </Page>
  )
}
