import { Undo2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { newChat } from '../../navigation/go.ts'
import { restore } from '../../sessions/trash.ts'
import { accessTo } from '../../state/shared.ts'
import { chat } from '../../strings/chat.ts'

interface Props {
  readonly kind: 'missing' | 'unavailable' | 'trashed' | 'deleted'
  readonly sessionId: string
}

/** Replaces the turns of a conversation that is missing or deleted. */
export default function ThreadEnd(props: Props) {
  switch (props.kind) {
    case 'missing':
      return <Gone title={chat.thread.missingTitle} detail={chat.thread.missing} />
    case 'unavailable':
      return <Gone title={chat.thread.unavailableTitle} detail={chat.thread.unavailable} />
    case 'trashed':
      return <Trashed sessionId={props.sessionId} />
    case 'deleted':
      return <Gone title={chat.thread.deletedTitle} detail={chat.thread.deleted} />
  }
}

function Trashed({ sessionId }: { readonly sessionId: string }) {
  const isOwn = accessTo(sessionId) === 'owner'
  return (
    <Gone title={chat.thread.deletedTitle} detail={isOwn ? chat.thread.trashed : chat.thread.trashedByOwner}>
      {isOwn && (
        <button type="button" className="button" onClick={() => void restore(sessionId)} data-testid="restore">
          <Undo2 aria-hidden />
          {chat.thread.restoreButton}
        </button>
      )}
    </Gone>
  )
}

interface GoneProps {
  readonly title: string
  readonly detail: string
  readonly children?: ReactNode
}

const Gone = ({ title, detail, children }: GoneProps) => (
  <div className="thread-note" data-testid="thread-gone">
    <h2>{title}</h2>
    <p>{detail}</p>
    {children}
    <button type="button" className="button" onClick={newChat}>
      {chat.thread.startButton}
    </button>
  </div>
)
