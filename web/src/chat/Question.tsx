import { Pencil } from 'lucide-react'
import { lazy, Suspense, useRef, useState } from 'react'
import type { Versions } from '../../../shared/client/thread.ts'
import { returnToComposer } from '../navigation/go.ts'
import type { Conversation } from '../state/conversation.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { UserMessage } from './UserMessage.tsx'
import { VersionPicker } from './VersionPicker.tsx'

const MessageEditor = lazy(() => import('./MessageEditor.tsx'))

interface Props {
  readonly conversation: Conversation
  readonly turnId: string
  readonly text: string
  readonly versions: Versions
}

/** What was asked: as it was said, or being said otherwise. */
export function Question({ conversation, turnId, text, versions }: Props) {
  const [editing, setEditing] = useState(false)
  const pencil = useRef<HTMLButtonElement>(null)
  const cancel = () => {
    setEditing(false)
    requestAnimationFrame(() => pencil.current?.focus())
  }
  const send = (said: string) => {
    setEditing(false)
    conversation.edit(turnId, said)
    returnToComposer()
  }
  if (editing)
    return (
      <Suspense fallback={<UserMessage text={text} />}>
        <MessageEditor text={text} onCancel={cancel} onSend={send} />
      </Suspense>
    )
  return (
    <div className="question">
      <UserMessage text={text} />
      <div className="question-actions">
        <CopyButton text={text} label="Copy message" testId="copy-question" />
        <button
          ref={pencil}
          type="button"
          className="quiet icon"
          aria-label="Edit message"
          title="Edit message"
          onClick={() => setEditing(true)}
          data-testid="edit-message"
        >
          <Pencil aria-hidden />
        </button>
      </div>
      <VersionPicker conversation={conversation} turnId={turnId} of="message" versions={versions} />
    </div>
  )
}
