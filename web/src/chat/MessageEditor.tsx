import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { mostUnits } from './limits.ts'
import { useComposition } from './use-composition.ts'

interface Props {
  readonly text: string
  readonly onCancel: () => void
  readonly onSend: (text: string) => void
}

/** A message in the making of its next version, in its own place. */
export default function MessageEditor({ text: before, onCancel, onSend }: Props) {
  const [text, setText] = useState(before)
  const field = useRef<HTMLTextAreaElement>(null)
  const composition = useComposition()
  const tooLong = text.length > mostUnits
  const unfit = text.trim() === '' || tooLong

  useEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(before.length, before.length)
  }, [before])

  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
      // Nearer than the answer, which Escape would stop.
      event.preventDefault()
      onCancel()
      return
    }
    if (event.key !== 'Enter' || event.shiftKey || composition.swallows(event.nativeEvent)) return
    if (matchMedia('(pointer: coarse)').matches && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    if (!unfit) onSend(text)
  }
  return (
    <form
      className="message-editor"
      data-testid="message-editor"
      onSubmit={(event) => {
        event.preventDefault()
        if (!unfit) onSend(text)
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
        onKeyDown={press}
        {...composition.handlers}
        data-testid="edit-input"
      />
      <div className="message-editor-actions">
        <span className={tooLong ? 'notice error' : 'notice'} role={tooLong ? 'alert' : undefined}>
          {tooLong
            ? `${(text.length - mostUnits).toLocaleString()} characters too long.`
            : 'The conversation goes on from here. What is there now stays.'}
        </span>
        <button type="button" className="button small" onClick={onCancel} data-testid="edit-cancel">
          Cancel
        </button>
        <button type="submit" className="button small primary" disabled={unfit} data-testid="edit-send">
          Send
        </button>
      </div>
    </form>
  )
}
