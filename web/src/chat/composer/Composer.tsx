import { ArrowUp, Paperclip, Square } from 'lucide-react'
import { type KeyboardEvent, Suspense, useRef, useState } from 'react'
import type { AttachmentRef } from '../../../../shared/attachment/attachment-ref.ts'
import { attachFiles } from '../../files/attach.ts'
import { directionOf } from '../../markdown/text-direction.ts'
import type { Conversation } from '../../state/conversation.ts'
import { areSendable, type DraftFile, draftFiles, refsOf } from '../../state/draft-files.ts'
import { accessTo } from '../../state/shared.ts'
import { useSignal } from '../../state/signal.ts'
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
  /** The messages to send, in order. The first one carries the files. */
  readonly onSend: (texts: readonly string[], files: readonly AttachmentRef[]) => void
}

const ComposerChoice = lazyPart(() => import('./ComposerChoice.tsx'))
const LongText = lazyPart(() => import('./LongText.tsx'))
const DraftFiles = lazyPart(() => import('../../files/DraftFiles.tsx'))

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
  const files = useSignal(draftFiles(draftKey))
  const chooser = useRef<HTMLInputElement>(null)
  const [stopping, setStopping] = useState<string | null>(null)
  const composition = useComposition()
  const active = outline?.active ?? null
  const tooLong = text.length > maxMessageUnits
  const messages = long === '' ? null : messagesOf(text, long)
  const waitsForFiles = !areSendable(files)
  const unsendable =
    tooLong || waitsForFiles || (messages === null ? text.trim() === '' : messages.length > maxMessages || messages.length === 0)
  // No session to write to. A pending first message still creates one.
  const isDeleted = outline?.phase.kind === 'deleted' || outline?.phase.kind === 'trashed'
  if (isDeleted || (outline?.phase.kind === 'missing' && conversation?.outbox.messages.get().length === 0)) return null

  const send = () => {
    // Reads the field, not the last render: the second of two quick presses finds it empty.
    const message = field.current?.value ?? ''
    const messages = messagesOf(message, long)
    const attached = draftFiles(draftKey).get()
    if (messages.length === 0 || messages.length > maxMessages || message.length > maxMessageUnits || !areSendable(attached)) return
    if (field.current) field.current.value = ''
    setText('')
    if (long !== '') setLong('')
    draftFiles(draftKey).set([])
    onSend(messages, refsOf(attached))
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
      <Suspense>
        <DraftFiles draftKey={draftKey} field={field} />
      </Suspense>
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
            onAttach={() => {
              void attachFiles(draftKey, [new File([long], chat.longText.fileName, { type: 'text/plain' })])
              setLong('')
              field.current?.focus()
            }}
            onRemove={() => {
              setLong('')
              field.current?.focus()
            }}
          />
        </Suspense>
      )}
      <div className="composer" data-testid="composer">
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          onChange={({ currentTarget }) => {
            void attachFiles(draftKey, [...(currentTarget.files ?? [])])
            currentTarget.value = ''
          }}
          data-testid="file-chooser"
        />
        <button
          type="button"
          className="round attach"
          onClick={() => chooser.current?.click()}
          aria-label={chat.composer.attach}
          title={chat.composer.attachHint}
          data-testid="attach"
        >
          <Paperclip aria-hidden />
        </button>
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
      <p className="composer-note" id="composer-limit" role={tooLong ? 'alert' : undefined} data-testid="composer-note">
        {tooLong ? chat.composer.tooLong({ count: text.length - maxMessageUnits }) : (fileNote(files, unsendable) ?? chat.composer.note)}
      </p>
    </form>
  )
}

/** Why a message with files cannot be sent yet. */
function fileNote(files: readonly DraftFile[], unsendable: boolean): string | undefined {
  if (files.length === 0 || !unsendable) return undefined
  if (files.some(({ state }) => state === 'failed')) return chat.composer.failedFile
  return areSendable(files) ? chat.composer.fileNeedsText : chat.composer.uploading
}
