import { Pencil } from 'lucide-react'
import { Suspense, useRef, useState } from 'react'
import type { AttachmentRef } from '../../../../shared/attachment/attachment-ref.ts'
import type { Versions } from '../../../../shared/client/thread.ts'
import { returnToComposer } from '../../navigation/go.ts'
import type { Conversation } from '../../state/conversation.ts'
import { loadDraft } from '../../state/drafts.ts'
import { chat } from '../../strings/chat.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { UserMessage } from './UserMessage.tsx'

const MessageEditor = lazyPart(() => import('./MessageEditor.tsx'))
const VersionPicker = lazyPart(() => import('../turn/VersionPicker.tsx'))

interface Props {
  readonly conversation: Conversation
  readonly turnId: string
  readonly text: string
  readonly attachments: readonly AttachmentRef[] | undefined
  readonly versions: Versions
}

/** The user's message of a turn, or its editor. */
export function MessageView({ conversation, turnId, text, attachments, versions }: Props) {
  const draftKey = `${conversation.id}.edit.${turnId}`
  const [editing, setEditing] = useState(() => loadDraft(draftKey) !== '')
  const editButton = useRef<HTMLButtonElement>(null)
  const cancel = () => {
    setEditing(false)
    requestAnimationFrame(() => editButton.current?.focus())
  }
  const send = (edited: string) => {
    setEditing(false)
    conversation.edit(turnId, edited)
    returnToComposer()
  }
  if (editing)
    return (
      <Suspense fallback={<UserMessage text={text} attachments={attachments} />}>
        <MessageEditor draftKey={draftKey} text={text} onCancel={cancel} onSend={send} />
      </Suspense>
    )
  return (
    <div className="message">
      <UserMessage text={text} attachments={attachments} />
      <div className="message-actions">
        <CopyButton text={text} label={chat.message.copy} testId="copy-message" />
        <button
          ref={editButton}
          type="button"
          className="quiet icon writes"
          aria-label={chat.message.edit}
          title={chat.message.edit}
          onClick={() => setEditing(true)}
          data-testid="edit-message"
        >
          <Pencil aria-hidden />
        </button>
      </div>
      {versions.turnIds.length > 1 && (
        <Suspense>
          <VersionPicker conversation={conversation} turnId={turnId} of="message" versions={versions} />
        </Suspense>
      )}
    </div>
  )
}
