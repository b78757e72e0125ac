import { ArrowDown } from 'lucide-react'
import { useState } from 'react'

/** The way back to the end, and how much has come in since we looked away. */
export function JumpToLatest({ turns, onJump }: { readonly turns: readonly string[]; readonly onJump: () => void }) {
  const [last] = useState(turns.at(-1))
  // Counted from the turn that was last then: another branch, or older turns above, are nothing new.
  const at = last === undefined ? -1 : turns.lastIndexOf(last)
  const unread = at < 0 ? 0 : turns.length - 1 - at
  const label = unread > 0 ? `Jump to latest, ${unread} new` : 'Jump to latest'
  return (
    <button type="button" className="jump" onClick={onJump} aria-label={label} data-testid="jump-to-latest">
      <ArrowDown aria-hidden />
      {unread > 0 ? <span>{unread} new</span> : <span>Latest</span>}
    </button>
  )
}
