import { ArrowDown } from 'lucide-react'
import { useState } from 'react'
import type { ThreadStore } from '../state/thread-store.ts'
import { useOutline } from './use-thread.ts'

/** The way back to the end, and how much has come in since we looked away. */
export function JumpToLatest({ store, onJump }: { readonly store: ThreadStore; readonly onJump: () => void }) {
  const { turns } = useOutline(store)
  const [seen] = useState(turns.length)
  const unread = turns.length - seen
  const label = unread > 0 ? `Jump to latest, ${unread} new` : 'Jump to latest'
  return (
    <button type="button" className="jump" onClick={onJump} aria-label={label} data-testid="jump-to-latest">
      <ArrowDown aria-hidden />
      {unread > 0 ? <span>{unread} new</span> : <span>Latest</span>}
    </button>
  )
}
