import { type KeyboardEvent, useRef, useState } from 'react'
import { endRenaming, returnFocus } from '../state/overlay.ts'
import { rename } from '../state/sessions.ts'
import { withErrorToast } from '../state/with-error-toast.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { focusOnMount } from '../ui/focus-on-mount.ts'

/** The API's limit for titles, in UTF-16 units. */
const titleUnits = 200

/** The field that renames a conversation in the list. */
export default function TitleField({ id, title }: { readonly id: string; readonly title: string }) {
  const [text, setText] = useState(title)
  // Closing blurs the field, and a blur commits. After Enter or Escape the blur must do nothing.
  const closed = useRef(false)
  const close = () => {
    closed.current = true
    const focusRow = () => document.querySelector<HTMLElement>(`a[data-session="${CSS.escape(id)}"]`)?.focus()
    requestAnimationFrame(endRenaming() ? returnFocus : focusRow)
  }
  const commit = () => {
    if (closed.current) return
    const next = text.trim()
    close()
    if (next === '' || next === title) return
    void withErrorToast(strings.title.failed, () => rename(id, next))
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
        aria-label={strings.title.label}
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
