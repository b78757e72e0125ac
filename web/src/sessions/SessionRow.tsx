import { CirclePause, Ellipsis } from 'lucide-react'
import { memo, Suspense } from 'react'
import { Link } from 'wouter'
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import { drawer, overlay, renaming } from '../state/overlay.ts'
import { unreadShares } from '../state/shared.ts'
import { useSignal } from '../state/signal.ts'
import { useLanguage } from '../strings/language.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { lazyPart } from '../ui/lazy-part.tsx'

const TitleField = lazyPart(() => import('./TitleField.tsx'))

interface Props {
  readonly session: SessionSummary
  readonly current: boolean
}

export const SessionRow = memo(({ session, current }: Props) => {
  useLanguage()
  const { session_id: id, title, state, owner } = session
  const unread = useSignal(unreadShares).has(id)
  const editing = useSignal(renaming) === id
  const label = title || strings.untitled
  const row = (
    <li className="session-row" data-current={current} data-testid="session-row">
      <Link
        href={`/c/${id}`}
        data-session={id}
        aria-current={current ? 'page' : undefined}
        title={owner === undefined ? label : strings.row.sharedBy({ title: label, owner })}
        onClick={() => drawer.set(false)}
        onDoubleClick={() => owner === undefined && renaming.set(id)}
      >
        {owner === undefined ? (
          label
        ) : (
          <>
            <span className="session-title">{label}</span> <small className="session-owner">{owner}</small>
          </>
        )}
      </Link>
      {unread && <span className="unread-dot" role="img" aria-label={strings.row.unread} data-testid="unread" />}
      {state === 'running' && <span className="running-dot" role="img" aria-label={strings.row.answering} />}
      {state === 'paused' && <CirclePause className="paused-sign" role="img" aria-label={strings.row.paused} />}
      <button
        type="button"
        className="quiet icon"
        aria-label={strings.row.options({ title: label })}
        aria-haspopup="menu"
        data-testid="session-menu"
        onClick={(event) => overlay.set({ kind: 'session-menu', sessionId: id, title: label, anchor: event.currentTarget })}
      >
        <Ellipsis aria-hidden />
      </button>
    </li>
  )
  return editing ? (
    <Suspense fallback={row}>
      <TitleField id={id} title={title} />
    </Suspense>
  ) : (
    row
  )
})
