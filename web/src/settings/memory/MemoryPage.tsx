import './memory.css'
import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { Memory, MemoryList } from '../../../../shared/api/memory.ts'
import { useIsAdmin } from '../../state/me.ts'
import { showToast } from '../../state/toast.ts'
import { isStatus } from '../../state/user-error.ts'
import { formatNumber } from '../../strings/format.ts'
import { settings } from '../../strings/settings.ts'
import { settingsMemory } from '../../strings/settings-memory.ts'
import { Async } from '../../ui/Async.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { excerpt } from './excerpt.ts'
import { MemoryRow } from './MemoryRow.tsx'
import { MemorySearch } from './MemorySearch.tsx'
import { forget, forgetEverything, listMemories } from './memory-api.ts'
import { WorkspaceMemory } from './WorkspaceMemory.tsx'

/** Lists the user's own memories, newest first; searches and deletes them. */
export default function MemoryPage() {
  const texts = settingsMemory.page
  const [q, setQ] = useState('')
  const load = useCallback(() => listMemories(q), [q])
  const page = useLoad(load)
  const [older, setOlder] = useState<MemoryList | null>(null)
  const [confirming, setConfirming] = useState(false)
  const { busy, error, run } = useAction()
  const isAdmin = useIsAdmin()
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
      showToast(settingsMemory.row.forgottenNotice({ text: excerpt(text, 40) }))
    })
  const forgetAllButton = memories.length > 0 && q === '' && (
    <button type="button" className="button danger" onClick={() => setConfirming(true)} data-testid="forget-all">
      {texts.forgetAllButton}
    </button>
  )
  return (
    <Page title={texts.title} lead={texts.lead} action={forgetAllButton}>
      <MemorySearch onSearch={setQ} />
      <Async load={page}>{() => memories.length === 0 && <NoMemories q={q} />}</Async>
      {memories.length > 0 && (
        <ul className="list memory-list" aria-label={texts.listLabel} data-testid="memories">
          {memories.map((memory) => (
            <MemoryRow key={memory.id} memory={memory} busy={busy} onForget={() => void remove(memory)} />
          ))}
        </ul>
      )}
      <ErrorNotice error={error} />
      {next !== null && (
        <div>
          <button type="button" className="button" disabled={busy} onClick={() => void loadMore()} data-testid="more">
            {busy ? settings.buttons.loading : settings.buttons.more}
          </button>
        </div>
      )}
      {isAdmin && <WorkspaceMemory />}
      {confirming && <ForgetDialog onClose={() => setConfirming(false)} onForgotten={page.reload} />}
    </Page>
  )
}

function NoMemories({ q }: { readonly q: string }) {
  const texts = settingsMemory.page
  if (q !== '') return <Empty title={texts.noMatchTitle}>{texts.noMatchText}</Empty>
  const link = (
    <Link href="/" className="button">
      {texts.emptyLink}
    </Link>
  )
  return (
    <Empty title={texts.emptyTitle} action={link}>
      {texts.emptyText}
    </Empty>
  )
}

const ForgetDialog = ({ onClose, onForgotten }: { readonly onClose: () => void; readonly onForgotten: () => Promise<void> }) => (
  <ConfirmDialog
    title={settingsMemory.forgetAll.title}
    description={settingsMemory.forgetAll.text}
    cancelLabel={settingsMemory.forgetAll.cancelButton}
    confirmLabel={settingsMemory.forgetAll.confirmButton}
    busyLabel={settingsMemory.forgetAll.busyButton}
    work={async () => {
      const count = await forgetEverything()
      await onForgotten()
      onClose()
      showToast(settingsMemory.forgetAll.doneNotice({ count, shown: formatNumber(count) }))
    }}
    onClose={onClose}
    testId="forget-dialog"
    confirmTestId="confirm-forget"
  />
)
