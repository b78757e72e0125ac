import { ArrowUp, Square } from 'lucide-react'
import { type KeyboardEvent, Suspense, useRef, useState } from 'react'
import { directionOf } from '../../markdown/text-direction.ts'
import type { Conversation } from '../../state/conversation.ts'
import { accessTo } from '../../state/shared.ts'
import { chat } from '../../strings/chat.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { useMaybeOutline } from '../thread/use-thread.ts'
import { maxMessages, messagesOf } from './long-text.ts'
import { maxMessageUnits } from './message-limit.ts'
import { useComposition } from './use-composition.ts'
import { useDraft } from './use-draft.ts'
import { useLongText } from './use-long-text.ts'

interface Props {
  readonly draftKey: string
  readonly conversation: Conversation | null
  /** The messages to send, in order. */
  readonly onSend: (texts: readonly string[]) => void
}

const ComposerChoice = lazyPart(() => import('./ComposerChoice.tsx'))
const LongText = lazyPart(() => import('./LongText.tsx'))

/** Marks the page while it has a composer: toasts stand above it. */
function markPage(): () => void {
  document.documentElement.dataset.composer = ''
  return () => {
    delete document.documentElement.dataset.composer
  }
}

export function Composer({ draftKey, conversation, onSend }: Props) {
  const outline = useMaybeOutline(conversation?.store ?? null)
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useDraft(draftKey, field)
  const [long, setLong] = useLongText(draftKey, field)
  const [stopping, setStopping] = useState<string | null>(null)
  const composition = useComposition()
  const active = outline?.active ?? null
  const tooLong = text.length > maxMessageUnits
  const messages = long === '' ? null : messagesOf(text, long)
  const unsendable = tooLong || (messages === null ? text.trim() === '' : messages.length > maxMessages || messages.length === 0)
  // No session to write to. A pending first message still creates one.
  const isDeleted = outline?.phase.kind === 'deleted' || outline?.phase.kind === 'trashed'
  if (isDeleted || (outline?.phase.kind === 'missing' && conversation?.outbox.messages.get().length === 0)) return null

  const send = () => {
    // Reads the field, not the last render: the second of two quick presses finds it empty.
    const message = field.current?.value ?? ''
    const messages = messagesOf(message, long)
    if (messages.length === 0 || messages.length > maxMessages || message.length > maxMessageUnits) return
    if (field.current) field.current.value = ''
    setText('')
    if (long !== '') setLong('')
    onSend(messages)
    // On touch screens this closes the keyboard.
    if (matchMedia('(pointer: coarse)').matches) field.current?.blur()
    else field.current?.focus()
  }
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.shiftKey || composition.handles(event.nativeEvent)) return
    if (matchMedia('(pointer: coarse)').matches && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    send()
  }
  const stop = async () => {
    if (active === null || conversation === null) return
    setStopping(active)
    field.current?.focus({ preventScroll: true })
    await conversation.stop(active)
    setStopping(null)
  }
  return (
    <form
      ref={markPage}
      className="composer-frame"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {messages !== null && (
        <Suspense>
          <LongText
            text={long}
            messages={messages.length}
            onInsert={
              text.length + long.length <= maxMessageUnits
                ? () => {
                    setText(text + long)
                    setLong('')
                    field.current?.focus()
                  }
                : undefined
            }
            onRemove={() => {
              setLong('')
              field.current?.focus()
            }}
          />
        </Suspense>
      )}
      <div className="composer" data-testid="composer">
        <label htmlFor="composer" className="visually-hidden">
          {chat.composer.label}
        </label>
        <textarea
          ref={field}
          id="composer"
          rows={1}
          placeholder={outline?.paused ? chat.composer.paused : active === null ? chat.composer.first : chat.composer.next}
          value={text}
          aria-invalid={tooLong}
          aria-describedby={tooLong ? 'composer-limit' : undefined}
          autoComplete="off"
          dir={directionOf(text)}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={press}
          {...composition.handlers}
          data-testid="composer-input"
        />
        <div className="composer-actions">
          {active !== null && (
            <button
              type="button"
              className="round stop"
              onClick={stop}
              disabled={stopping === active}
              aria-label={stopping === active ? chat.composer.stopping : chat.composer.stop}
              title={chat.composer.stopHint}
              data-testid="stop"
            >
              <Square aria-hidden fill="currentColor" />
            </button>
          )}
          {(active === null || text !== '' || messages !== null) && (
            <button
              type="submit"
              className="round send"
              disabled={unsendable}
              aria-label={chat.composer.send}
              title={chat.composer.sendHint}
              data-testid="send"
            >
              <ArrowUp aria-hidden />
            </button>
          )}
        </div>
      </div>
      <Suspense>
        <ComposerChoice
          draftKey={draftKey}
          sessionPersona={outline?.persona ?? null}
          shared={conversation !== null && accessTo(conversation.id) !== 'owner'}
        />
      </Suspense>
      <p className="composer-note" id="composer-limit" role={tooLong ? 'alert' : undefined}>
        {tooLong ? chat.composer.tooLong({ count: text.length - maxMessageUnits }) : chat.composer.note}
      </p>
    </form>
  )
}
