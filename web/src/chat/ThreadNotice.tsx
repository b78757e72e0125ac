import { Undo2 } from 'lucide-react'
import { newChat } from '../navigation/go.ts'
import type { Conversation } from '../state/conversation.ts'
import type { Phase } from '../state/thread-store.ts'
import { useLate } from '../ui/use-late.ts'

interface Props {
  readonly phase: Phase
  readonly empty: boolean
  /** The last turn before a reset. */
  readonly beforeReset: string | null
  readonly conversation: Conversation
}

/** Replaces the turns while the thread is loading, empty, missing, deleted or failed to load. */
export function ThreadNotice({ phase, empty, beforeReset, conversation }: Props) {
  const late = useLate(phase.kind === 'loading')
  switch (phase.kind) {
    case 'loading':
      return late && empty ? (
        <p className="thread-note" data-testid="loading">
          Opening the conversation…
        </p>
      ) : null
    case 'missing':
      return empty ? (
        <Ended title="There is no conversation here" detail="The link may be mistyped, or it belongs to another account." />
      ) : null
    case 'deleted':
      return <Ended title="This conversation was deleted" detail="Its messages were deleted permanently." />
    case 'failed':
      return (
        <div className="thread-note" role="alert" data-testid="thread-failed">
          <h2>{phase.error.title}</h2>
          <p>{phase.error.detail}</p>
          <button type="button" className="button" onClick={() => conversation.retryNow()}>
            Try again
          </button>
        </div>
      )
    case 'ready':
      if (empty && beforeReset !== null) return <AfterReset onBack={() => void conversation.switchTo(beforeReset)} />
      return empty ? <p className="thread-note">No messages yet. Write the first one below.</p> : null
    case 'new':
      return null
  }
}

const AfterReset = ({ onBack }: { readonly onBack: () => void }) => (
  <div className="thread-note" data-testid="after-reset">
    <h2>A fresh start</h2>
    <p>The assistant starts without context. Earlier messages are kept.</p>
    <button type="button" className="button" onClick={onBack} data-testid="go-back">
      <Undo2 aria-hidden />
      Go back to it
    </button>
  </div>
)

const Ended = ({ title, detail }: { readonly title: string; readonly detail: string }) => (
  <div className="thread-note" data-testid="thread-gone">
    <h2>{title}</h2>
    <p>{detail}</p>
    <button type="button" className="button" onClick={newChat}>
      Start a new one
    </button>
  </div>
)
