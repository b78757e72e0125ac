import { ArrowDown } from 'lucide-react'
import { useState } from 'react'
import { chat } from '../../strings/chat.ts'

/** Scrolls to the end, and counts the turns that arrived since the reader scrolled up. */
export function JumpToLatest({ turns, onJump }: { readonly turns: readonly string[]; readonly onJump: () => void }) {
  const [last] = useState(turns.at(-1))
  // Counts from the turn that was last then. Older turns and other branches do not count.
  const index = last === undefined ? -1 : turns.lastIndexOf(last)
  const unread = index < 0 ? 0 : turns.length - 1 - index
  const label = unread > 0 ? chat.jump.labelNew({ count: unread }) : chat.jump.label
  return (
    <button type="button" className="jump" onClick={onJump} aria-label={label} data-testid="jump-to-latest">
      <ArrowDown aria-hidden />
      <span>{unread > 0 ? chat.jump.textNew({ count: unread }) : chat.jump.text}</span>
    </button>
  )
}
