import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { maxMessageUnits } from './message-limit.ts'
import { useComposition } from './use-composition.ts'

interface Props {
  readonly text: string
  readonly onCancel: () => void
  readonly onSend: (text: string) => void
}

/** Edits a sent message in its place in the thread. */
export default function MessageEditor({ text: before, onCancel, onSend }: Props) {
  const [text, setText] = useState(before)
  const field = useRef<HTMLTextAreaElement>(null)
  const composition = useComposition()
  const tooLong = text.length > maxMessageUnits
  const invalid = text.trim() === '' || tooLong

  useEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(before.length, before.length)
  }, [before])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
      // Otherwise Escape would also stop the answer.
      event.preventDefault()
      onCancel()
      return
    }
    if (event.key !== 'Enter' || event.shiftKey || composition.swallows(event.nativeEvent)) return
    if (matchMedia('(pointer: coarse)').matches && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    if (!invalid) onSend(text)
  }
  return (
    <form
      className="message-editor"
      data-testid="message-editor"
      onSubmit={(event) => {
        event.preventDefault()
        if (!invalid) onSend(text)
      }}
    >
      <textarea
        ref={field}
        aria-label="Edit your message"
        value={text}
        dir="auto"
        rows={2}
        aria-invalid={tooLong}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        {...composition.handlers}
        data-testid="edit-input"
      />
      <div className="message-editor-actions">
        <span className={tooLong ? 'notice error' : 'notice'} role={tooLong ? 'alert' : undefined}>
          {tooLong
            ? `${(text.length - maxMessageUnits).toLocaleString()} characters too long.`
            : 'The conversation continues from here. The earlier version is kept.'}
        </span>
        <button type="button" className="button small" onClick={onCancel} data-testid="edit-cancel">
          Cancel
        </button>
        <button type="submit" className="button small primary" disabled={invalid} data-testid="edit-send">
          Send
        </button>
      </div>
    </form>
  )
}
