import './memory.css'
import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { Memory, MemoryList } from '../../../../shared/api/memory.ts'
import { showToast } from '../../state/toast.ts'
import { isStatus } from '../../state/user-error.ts'
import { Async } from '../../ui/Async.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { MemoryRow } from './MemoryRow.tsx'
import { MemorySearch } from './MemorySearch.tsx'
import { forget, forgetEverything, listMemories } from './memory-api.ts'

/** Lists the user's own memories, newest first; searches and deletes them. */
export default function MemoryPage() {
  const [q, setQ] = useState('')
  const load = useCallback(() => listMemories(q), [q])
  const page = useLoad(load)
  const [older, setOlder] = useState<MemoryList | null>(null)
  const [confirming, setConfirming] = useState(false)
  const { busy, error, run } = useAction()
  const first = page.value
  useEffect(() => setOlder(null), [first])
  const memories = [...(first?.memories ?? []), ...(older?.memories ?? [])]
  const next = (older ?? first)?.next_cursor ?? null
  const loadMore = () =>
    run(async () => {
      if (next === null) return
      const page = await listMemories(q, next)
      setOlder((before) => ({ memories: [...(before?.memories ?? []), ...page.memories], next_cursor: page.next_cursor }))
    })
  const remove = ({ id, text }: Memory) =>
    run(async () => {
      // 404: another tab has forgotten it already.
      await forget(id).catch((error) => {
        if (!isStatus(error, 404)) throw error
      })
      await page.reload()
      showToast(`Forgotten: “${text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text}”`)
    })
  const forgetAllButton = memories.length > 0 && q === '' && (
    <button type="button" className="button danger" onClick={() => setConfirming(true)} data-testid="forget-all">
      Forget everything…
    </button>
  )
  return (
    <Page
      title="Memory"
      lead="What Soma remembers about you across conversations: your messages, and facts that programs stored for you. It never stores answers. Only you see it."
      action={forgetAllButton}
    >
      <MemorySearch onSearch={setQ} />
      <Async load={page}>{() => memories.length === 0 && <NoMemories q={q} />}</Async>
      {memories.length > 0 && (
        <ul className="list memory-list" aria-label="Memories" data-testid="memories">
          {memories.map((memory) => (
            <MemoryRow key={memory.id} memory={memory} busy={busy} onForget={() => void remove(memory)} />
          ))}
        </ul>
      )}
      <ErrorNotice error={error} />
      {next !== null && (
        <div>
          <button type="button" className="button" disabled={busy} onClick={() => void loadMore()} data-testid="more">
            {busy ? 'Loading…' : 'More'}
          </button>
        </div>
      )}
      {confirming && <ForgetDialog onClose={() => setConfirming(false)} onForgotten={page.reload} />}
    </Page>
  )
}

const NoMemories = ({ q }: { readonly q: string }) =>
  q === '' ? (
    <Empty title="Nothing is remembered yet">
      Write something about yourself in a <Link href="/">conversation</Link>. It appears here shortly after the answer. E-mail addresses and
      telephone numbers are not remembered.
    </Empty>
  ) : (
    <Empty title="No matches">No memory contains all of these words. Try fewer words, or only their beginnings.</Empty>
  )

const ForgetDialog = ({ onClose, onForgotten }: { readonly onClose: () => void; readonly onForgotten: () => Promise<void> }) => (
  <ConfirmDialog
    title="Forget everything?"
    description="All memories about you are deleted permanently. Your conversations stay. New messages are remembered again."
    cancelLabel="Keep it"
    confirmLabel="Forget everything"
    busyLabel="Forgetting…"
    work={async () => {
      const count = await forgetEverything()
      await onForgotten()
      onClose()
      showToast(count === 1 ? 'One memory is forgotten' : `${count.toLocaleString()} memories are forgotten`)
    }}
    onClose={onClose}
    testId="forget-dialog"
    confirmTestId="confirm-forget"
  />
)
