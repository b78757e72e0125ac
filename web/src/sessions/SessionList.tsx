import { type KeyboardEvent, useMemo } from 'react'
import { auth } from '../state/auth.ts'
import { renaming } from '../state/overlay.ts'
import { loadMore, refresh, sessions } from '../state/sessions.ts'
import { accessTo, sharedSessions, unreadShares } from '../state/shared.ts'
import { useSignal } from '../state/signal.ts'
import { showToast } from '../state/toast.ts'
import { toUserError } from '../state/user-error.ts'
import { useLanguage } from '../strings/language.ts'
import { offline } from '../strings/offline.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { useLate } from '../ui/use-late.ts'
import { byDay } from './days.ts'
import { SessionRow } from './SessionRow.tsx'
import { trash } from './trash.ts'

export function SessionList({ current }: { readonly current: string | null }) {
  const { kind, list, nextCursor, error } = useSignal(sessions)
  const shared = useSignal(sharedSessions)
  const isOffline = useSignal(auth).kind === 'offline'
  const language = useLanguage()
  const pinned = list.filter((session) => session.pinned)
  const days = useMemo(
    () =>
      byDay(
        list.filter((session) => !session.pinned),
        Date.now(),
      ),
    [list, language],
  )
  const unread = useSignal(unreadShares).size
  const groups = [
    { label: strings.list.pinned, sessions: pinned },
    { label: strings.list.shared, sessions: shared, unread },
    ...days,
  ].filter(({ sessions }) => sessions.length > 0)
  const late = useLate(kind === 'loading')
  const more = () =>
    loadMore().catch((error: unknown) => showToast(strings.list.olderFailed, 'error', { detail: toUserError(error).detail }))

  return (
    <nav className="session-list" aria-label={strings.sidebar.label} onKeyDown={onKey} data-testid="session-list">
      {kind === 'loading' && late && <p className="list-note">{strings.list.loading}</p>}
      {kind === 'failed' && (
        <div className="list-note">
          <p>{error?.detail}</p>
          <button type="button" className="button" onClick={() => void refresh()}>
            {strings.list.tryAgain}
          </button>
        </div>
      )}
      {kind === 'ready' && list.length + shared.length === 0 && <p className="list-note">{strings.list.empty}</p>}
      {groups.map((day) => (
        <section key={day.label} aria-label={day.label}>
          <h2>
            {day.label}
            {'unread' in day && day.unread > 0 && <span className="unread-count">{strings.list.unreadCount({ count: day.unread })}</span>}
          </h2>
          <ul>
            {day.sessions.map((session) => (
              <SessionRow key={session.session_id} session={session} current={session.session_id === current} />
            ))}
          </ul>
        </section>
      ))}
      {isOffline && <p className="list-note">{offline.savedList}</p>}
      {nextCursor !== null && (
        <button type="button" className="side-action" onClick={more}>
          {strings.list.showOlder}
        </button>
      )}
    </nav>
  )
}

/** Arrow keys move between conversations, F2 renames, Delete deletes. */
function onKey(event: KeyboardEvent<HTMLElement>): void {
  if (!(event.target instanceof HTMLAnchorElement)) return
  const links = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>('a[data-session]')]
  const index = links.indexOf(event.target)
  const { session: sessionId = '' } = event.target.dataset
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') links[index + (event.key === 'ArrowDown' ? 1 : -1)]?.focus()
  else if (accessTo(sessionId) !== 'owner') return
  else if (event.key === 'F2') renaming.set(sessionId)
  else if (event.key === 'Delete') void trash(sessionId)
  else return
  event.preventDefault()
}
