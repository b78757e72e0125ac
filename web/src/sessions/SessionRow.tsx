import { CirclePause, Ellipsis } from 'lucide-react'
import { type KeyboardEvent, memo, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import { drawer, overlay, renaming } from '../state/overlay.ts'
import { rename } from '../state/sessions.ts'
import { useSignal } from '../state/signal.ts'
import { withErrorToast } from '../state/with-error-toast.ts'
import { focusOnMount } from '../ui/focus-on-mount.ts'

interface Props {
  readonly session: SessionSummary
  readonly current: boolean
}

export const SessionRow = memo(({ session, current }: Props) => {
  const { session_id: id, title, state } = session
  const editing = useSignal(renaming) === id
  const label = title || 'Untitled'
  if (editing) return <TitleField id={id} title={title} />
  return (
    <li className="session-row" data-current={current} data-testid="session-row">
      <Link href={`/c/${id}`} data-session={id} aria-current={current ? 'page' : undefined} title={label} onClick={() => drawer.set(false)}>
        {label}
      </Link>
      {state === 'running' && <span className="running-dot" role="img" aria-label="Answering" />}
      {state === 'paused' && <CirclePause className="paused-sign" role="img" aria-label="Paused" />}
      <button
        type="button"
        className="quiet icon"
        aria-label={`Options for ${label}`}
        aria-haspopup="menu"
        data-testid="session-menu"
        onClick={(event) => overlay.set({ kind: 'session-menu', sessionId: id, title: label, anchor: event.currentTarget })}
      >
        <Ellipsis aria-hidden />
      </button>
    </li>
  )
})

/** The API's limit for titles, in UTF-16 units. */
const titleUnits = 200

function TitleField({ id, title }: { readonly id: string; readonly title: string }) {
  const [text, setText] = useState(title)
  // Closing blurs the field, and a blur commits. After Enter or Escape the blur must do nothing.
  const closed = useRef(false)
  const close = () => {
    closed.current = true
    renaming.set(null)
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`a[data-session="${CSS.escape(id)}"]`)?.focus())
  }
  const commit = () => {
    if (closed.current) return
    const next = text.trim()
    close()
    if (next === '' || next === title) return
    void withErrorToast('Not renamed.', () => rename(id, next))
  }
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter') commit()
    if (event.key === 'Escape') {
      event.preventDefault()
      close()
    }
  }
  return (
    <li className="session-row editing">
      <input
        aria-label="Title of the conversation"
        value={text}
        maxLength={titleUnits}
        ref={focusOnMount}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={press}
        onBlur={commit}
        data-testid="rename-input"
      />
    </li>
  )
}
