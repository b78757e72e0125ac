import './memory.css'
import { MessageSquareText, Pin } from 'lucide-react'
import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { Memory, MemoryList } from '../../../../shared/api/memory.ts'
import { showToast } from '../../state/toast.ts'
import { isStatus } from '../../state/user-error.ts'
import { Modal } from '../../ui/Modal.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Empty, Failed, FailureNotice, Page } from '../../ui/parts.tsx'
import { useAttempt, useLoad } from '../../ui/use-load.ts'
import { forget, forgetEverything, listMemories } from './memory-api.ts'

/** What is remembered of whoever looks, the newest first. */
export default function MemoryPage() {
  const [q, setQ] = useState('')
  const ask = useCallback(() => listMemories(q), [q])
  const [page, again] = useLoad(ask)
  const [older, setOlder] = useState<MemoryList | null>(null)
  const [asking, setAsking] = useState(false)
  const { busy, trouble, attempt } = useAttempt()
  const first = page.kind === 'ready' ? page.value : null
  useEffect(() => setOlder(null), [first])
  const memories = [...(first?.memories ?? []), ...(older?.memories ?? [])]
  const next = (older ?? first)?.next_cursor ?? null
  const more = () =>
    attempt(async () => {
      if (next === null) return
      const found = await listMemories(q, next)
      setOlder((before) => ({ memories: [...(before?.memories ?? []), ...found.memories], next_cursor: found.next_cursor }))
    })
  const remove = ({ id, text }: Memory) =>
    attempt(async () => {
      // Who was quicker elsewhere has done the same.
      await forget(id).catch((error) => {
        if (!isStatus(error, 404)) throw error
      })
      await again()
      showToast(`Forgotten: “${text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text}”`)
    })
  const all = memories.length > 0 && q === '' && (
    <button type="button" className="button danger" onClick={() => setAsking(true)} data-testid="forget-all">
      Forget everything…
    </button>
  )
  return (
    <Page
      title="Memory"
      lead="What Soma remembers of you beyond a conversation: what you said, never what was answered, and facts that programs told it for you. Only you see it."
      action={all}
    >
      <Search onSearch={setQ} />
      {page.kind === 'failed' && <Failed trouble={page.trouble} again={() => void again()} />}
      {first && memories.length === 0 && <Nothing q={q} />}
      {memories.length > 0 && (
        <ul className="admin-list memory-list" aria-label="Memories" data-testid="memories">
          {memories.map((memory) => (
            <MemoryRow key={memory.id} memory={memory} busy={busy} onForget={() => void remove(memory)} />
          ))}
        </ul>
      )}
      <FailureNotice trouble={trouble} />
      {next !== null && (
        <div>
          <button type="button" className="button" disabled={busy} onClick={() => void more()} data-testid="more">
            {busy ? 'Loading…' : 'More'}
          </button>
        </div>
      )}
      {asking && <ForgetDialog onClose={() => setAsking(false)} onForgotten={again} />}
    </Page>
  )
}

function Search({ onSearch }: { readonly onSearch: (q: string) => void }) {
  const [asked, setAsked] = useState('')
  // While one types, once one pauses; at once on Enter.
  useEffect(() => {
    const timer = setTimeout(() => onSearch(asked.trim()), 200)
    return () => clearTimeout(timer)
  }, [asked, onSearch])
  const now = (event: FormEvent) => {
    event.preventDefault()
    onSearch(asked.trim())
  }
  return (
    <search>
      <form className="admin-form memory-search" onSubmit={now}>
        <input
          type="search"
          value={asked}
          maxLength={400}
          onChange={(event) => setAsked(event.target.value)}
          placeholder="Search your memories"
          aria-label="Search your memories"
        />
      </form>
    </search>
  )
}

const Nothing = ({ q }: { readonly q: string }) =>
  q === '' ? (
    <Empty title="Nothing is remembered yet">
      Say something about yourself in a <Link href="/">conversation</Link>, and it stands here a moment after it was answered. E-mail
      addresses and telephone numbers are not remembered.
    </Empty>
  ) : (
    <Empty title="Nothing fits">No memory holds all of these words. Try fewer of them, or their beginnings.</Empty>
  )

interface RowProps {
  readonly memory: Memory
  readonly busy: boolean
  readonly onForget: () => void
}

function MemoryRow({ memory: { key, text, created_at, source }, busy, onForget }: RowProps) {
  const about = text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text
  return (
    <li>
      <p className="memory-text" dir="auto">
        {text}
      </p>
      <div className="admin-row-facts">
        {key !== null && (
          <span className="memory-key">
            <Pin aria-hidden /> {key}
          </span>
        )}
        <span>
          {key === null ? 'said' : 'told'} <Moment at={created_at} />
        </span>
        {source && (
          <Link href={`/c/${encodeURIComponent(source.session_id)}`} className="memory-source">
            <MessageSquareText aria-hidden /> Conversation
          </Link>
        )}
      </div>
      <button type="button" className="button small" disabled={busy} onClick={onForget} aria-label={`Forget “${about}”`}>
        Forget
      </button>
    </li>
  )
}

function ForgetDialog({ onClose, onForgotten }: { readonly onClose: () => void; readonly onForgotten: () => Promise<void> }) {
  const { busy, trouble, attempt } = useAttempt()
  const all = () =>
    attempt(async () => {
      const count = await forgetEverything()
      await onForgotten()
      onClose()
      showToast(count === 1 ? 'One memory is forgotten' : `${count.toLocaleString()} memories are forgotten`)
    })
  return (
    <Modal
      title="Forget everything?"
      description="All that is remembered of you is deleted for good. Your conversations stay; what you say from now on is remembered again."
      onClose={onClose}
      testId="forget-dialog"
    >
      <FailureNotice trouble={trouble} />
      <div className="modal-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" className="button danger" onClick={() => void all()} disabled={busy} data-testid="confirm-forget">
          {busy ? 'Forgetting…' : 'Forget everything'}
        </button>
      </div>
    </Modal>
  )
}
