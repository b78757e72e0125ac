import { type KeyboardEvent, useEffect, useRef } from 'react'
import { directionOf } from '../../markdown/text-direction.ts'
import { chat } from '../../strings/chat.ts'
import { maxMessageUnits } from '../composer/message-limit.ts'
import { useComposition } from '../composer/use-composition.ts'
import { useDraft } from '../composer/use-draft.ts'

interface Props {
  /** Where the edit is kept until it is sent or cancelled. */
  readonly draftKey: string
  readonly text: string
  readonly onCancel: () => void
  readonly onSend: (text: string) => void
}

/** Edits a sent message in its place in the thread. */
export default function MessageEditor({ draftKey, text: before, onCancel, onSend }: Props) {
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useDraft(draftKey, field, before)
  const composition = useComposition()
  const tooLong = text.length > maxMessageUnits
  const invalid = text.trim() === '' || tooLong

  useEffect(() => {
    field.current?.focus()
    const end = field.current?.value.length ?? 0
    field.current?.setSelectionRange(end, end)
  }, [])

  // An empty text ends the draft.
  const cancel = () => {
    setText('')
    onCancel()
  }
  const send = () => {
    if (invalid) return
    setText('')
    onSend(text)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
      // Otherwise Escape would also stop the answer.
      event.preventDefault()
      cancel()
      return
    }
    if (event.key !== 'Enter' || event.shiftKey || composition.handles(event.nativeEvent)) return
    if (matchMedia('(pointer: coarse)').matches && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    send()
  }
  return (
    <form
      className="message-editor"
      data-testid="message-editor"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={field}
        aria-label={chat.editor.label}
        value={text}
        dir={directionOf(text)}
        rows={2}
        aria-invalid={tooLong}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        {...composition.handlers}
        data-testid="edit-input"
      />
      <div className="message-editor-actions">
        <span className={tooLong ? 'notice error' : 'notice'} role={tooLong ? 'alert' : undefined}>
          {tooLong ? chat.editor.tooLong({ count: text.length - maxMessageUnits }) : chat.editor.note}
        </span>
        <button type="button" className="button small" onClick={cancel} data-testid="edit-cancel">
          {chat.editor.cancelButton}
        </button>
        <button type="submit" className="button small primary" disabled={invalid} data-testid="edit-send">
          {chat.editor.sendButton}
        </button>
      </div>
    </form>
  )
}
