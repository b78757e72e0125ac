import { useEffect, useState } from 'react'
import type { SessionList, SessionSummary } from '../../../shared/api/sessions.ts'
import { useAction } from '../ui/use-action.ts'
import { useLoad } from '../ui/use-load.ts'

/** A list of conversations by page. `list`: reads a page, and keeps its identity. */
export function useSessionPages(list: (cursor?: string) => Promise<SessionList>) {
  const page = useLoad(list)
  const [older, setOlder] = useState<SessionList | null>(null)
  const { busy, error, run } = useAction()
  const first = page.value
  useEffect(() => setOlder(null), [first])
  const sessions: readonly SessionSummary[] = [...(first?.sessions ?? []), ...(older?.sessions ?? [])]
  const next = (older ?? first)?.next_cursor ?? null
  const more = () =>
    run(async () => {
      if (next === null) return
      const read = await list(next)
      setOlder((before) => ({ sessions: [...(before?.sessions ?? []), ...read.sessions], next_cursor: read.next_cursor }))
    })
  /** Changes a conversation, and reads the list again. */
  const change = (work: () => Promise<unknown>) =>
    run(async () => {
      await work()
      await page.reload()
    })
  return { page, sessions, hasMore: next !== null, more, change, busy, error }
}
