import { MessageSquareText, Pin } from 'lucide-react'
import { Link } from 'wouter'
import type { Memory } from '../../../../shared/api/memory.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'

interface Props {
  readonly memory: Memory
  readonly busy: boolean
  readonly onForget: () => void
}

/** One memory: its text, its source and a button that forgets it. */
export function MemoryRow({ memory: { key, text, created_at, source }, busy, onForget }: Props) {
  const excerpt = text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text
  return (
    <li>
      <p className="memory-text" dir="auto">
        {text}
      </p>
      <div className="list-facts">
        {key !== null && (
          <span className="memory-key">
            <Pin aria-hidden /> {key}
          </span>
        )}
        <span>
          {key === null ? 'said' : 'stored'} <RelativeTime at={created_at} />
        </span>
        {source && (
          <Link href={`/c/${encodeURIComponent(source.session_id)}`} className="memory-source">
            <MessageSquareText aria-hidden /> Conversation
          </Link>
        )}
      </div>
      <button type="button" className="button small" disabled={busy} onClick={onForget} aria-label={`Forget “${excerpt}”`}>
        Forget
      </button>
    </li>
  )
}
