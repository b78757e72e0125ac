import { GitFork } from 'lucide-react'
import { useState } from 'react'
import { announce } from '../state/announce.ts'
import type { Conversation } from '../state/conversation.ts'
import { isGone } from '../state/thread-store.ts'
import { forkSession } from '../state/transfer.ts'
import { chat } from '../strings/chat.ts'
import { useOutline } from './thread/use-thread.ts'

/** Replaces the composer for a reader who may not write. */
export default function ReadOnlyBar({ conversation }: { readonly conversation: Conversation }) {
  const { turns, phase } = useOutline(conversation.store)
  const [busy, setBusy] = useState(false)
  // A copy ends with an answered turn.
  const last = turns.findLast((id) => (conversation.store.turn(id)?.outcome ?? null) !== null)
  const copy = async () => {
    if (last === undefined) return
    setBusy(true)
    announce(chat.readOnly.copying)
    await forkSession(conversation.id, last)
    setBusy(false)
  }
  if (isGone(phase)) return null
  return (
    <div className="composer-frame">
      <section className="composer read-only" aria-label={chat.readOnly.label} data-testid="read-only">
        <p>{chat.readOnly.text}</p>
        <button type="button" className="button" disabled={busy || last === undefined} onClick={() => void copy()} data-testid="own-copy">
          <GitFork aria-hidden />
          {chat.readOnly.copyButton}
        </button>
      </section>
    </div>
  )
}
