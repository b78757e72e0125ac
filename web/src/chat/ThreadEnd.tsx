import { Undo2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { newChat } from '../navigation/go.ts'
import { restore } from '../sessions/trash.ts'
import { accessTo } from '../state/shared.ts'

type Props =
  | { readonly kind: 'missing' | 'trashed' | 'deleted'; readonly sessionId: string }
  | { readonly kind: 'reset'; readonly onBack: () => void }

/** Replaces the turns of a conversation that is missing, deleted or reset. */
export default function ThreadEnd(props: Props) {
  switch (props.kind) {
    case 'missing':
      return <Gone title="There is no conversation here" detail="The link may be mistyped, or it belongs to another account." />
    case 'trashed':
      return <Trashed sessionId={props.sessionId} />
    case 'deleted':
      return <Gone title="This conversation was deleted" detail="Its messages were deleted permanently." />
    case 'reset':
      return <AfterReset onBack={props.onBack} />
  }
}

const AfterReset = ({ onBack }: { readonly onBack: () => void }) => (
  <div className="thread-note" data-testid="after-reset">
    <h2>Context cleared</h2>
    <p>The assistant no longer sees the earlier messages. They are kept.</p>
    <button type="button" className="button" onClick={onBack} data-testid="go-back">
      <Undo2 aria-hidden />
      Show earlier messages
    </button>
  </div>
)

function Trashed({ sessionId }: { readonly sessionId: string }) {
  const isOwn = accessTo(sessionId) === 'owner'
  return (
    <Gone
      title="This conversation was deleted"
      detail={isOwn ? 'You can restore it for 30 days.' : 'Its owner can restore it for 30 days.'}
    >
      {isOwn && (
        <button type="button" className="button" onClick={() => void restore(sessionId)} data-testid="restore">
          <Undo2 aria-hidden />
          Restore
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
      Start a new one
    </button>
  </div>
)
