import { MessageSquareText, Pin } from 'lucide-react'
import { Link } from 'wouter'
import type { Memory } from '../../../../shared/api/memory.ts'
import { insert } from '../../strings/insert.ts'
import { settingsMemory } from '../../strings/settings-memory.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { excerpt } from './excerpt.ts'

interface Props {
  readonly memory: Memory
  readonly busy: boolean
  readonly onForget: () => void
}

/** One memory: its text, its source and a button that forgets it. */
export function MemoryRow({ memory: { key, text, created_at, source, superseded_by }, busy, onForget }: Props) {
  const texts = settingsMemory.row
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
        <span>{insert(key === null ? texts.said : texts.stored, { time: <RelativeTime at={created_at} /> })}</span>
        {superseded_by && <span data-testid="superseded">{texts.superseded}</span>}
        {source && (
          <Link href={`/c/${encodeURIComponent(source.session_id)}`} className="memory-source">
            <MessageSquareText aria-hidden /> {texts.sourceLink}
          </Link>
        )}
      </div>
      <button
        type="button"
        className="button small"
        disabled={busy}
        onClick={onForget}
        aria-label={texts.forgetLabel({ text: excerpt(text, 60) })}
      >
        {texts.forgetButton}
      </button>
    </li>
  )
}
