import { Suspense } from 'react'
import { type Conversation, deletedHere } from '../../state/conversation.ts'
import { accessTo } from '../../state/shared.ts'
import type { Phase } from '../../state/thread-store.ts'
import { chat } from '../../strings/chat.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { useLate } from '../../ui/use-late.ts'

const ThreadEnd = lazyPart(() => import('./ThreadEnd.tsx'))

interface Props {
  readonly phase: Phase
  readonly empty: boolean
  readonly conversation: Conversation
}

/** Replaces the turns while the thread is loading, empty, missing, deleted or failed to load. */
export function ThreadNotice({ phase, empty, conversation }: Props) {
  const late = useLate(phase.kind === 'loading')
  switch (phase.kind) {
    case 'loading':
      return late && empty ? (
        <p className="thread-note" data-testid="loading">
          {chat.thread.opening}
        </p>
      ) : null
    case 'missing':
      return empty ? (
        <Suspense>
          <ThreadEnd kind={endOfMissing(conversation)} sessionId={conversation.id} />
        </Suspense>
      ) : null
    case 'trashed':
    case 'deleted':
      return (
        <Suspense>
          <ThreadEnd kind={phase.kind} sessionId={conversation.id} />
        </Suspense>
      )
    case 'failed':
      return (
        <div className="thread-note" role="alert" data-testid="thread-failed">
          <h2>{phase.error.title}</h2>
          <p>{phase.error.detail}</p>
          <button type="button" className="button" onClick={() => conversation.retryNow()}>
            {chat.thread.tryAgain}
          </button>
        </div>
      )
    case 'ready':
      return empty ? <p className="thread-note">{chat.thread.empty}</p> : null
    case 'new':
    case 'saved':
      return null
  }
}

/** Why the server finds no session. One that was read before is deleted, or is no longer shared. */
function endOfMissing({ id, store }: Conversation): 'missing' | 'trashed' | 'unavailable' {
  if (deletedHere.has(id)) return 'trashed'
  if (store.thread.seq === 0) return 'missing'
  return accessTo(id) === 'owner' ? 'trashed' : 'unavailable'
}
