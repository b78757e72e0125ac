import { useEffect, useState } from 'react'
import type { Conversation } from '../state/conversation.ts'
import { loadPart } from '../ui/load-part.ts'

/** Whether an answer ended while the tab was hidden. Showing the tab ends it. */
export function useAnswerMark(conversation: Conversation | null): boolean {
  const [marked, setMarked] = useState(false)
  useEffect(() => {
    let stop = new AbortController()
    const change = () => {
      stop.abort()
      stop = new AbortController()
      setMarked(false)
      const active = conversation?.store.outline().active ?? null
      if (document.visibilityState === 'visible' || conversation === null || active === null) return
      const { signal } = stop
      void loadPart(() => import('./hidden-answer.ts'))
        .then(({ hasEnded }) => hasEnded(conversation, active, signal))
        .then((ended) => ended && !signal.aborted && setMarked(true))
        .catch(() => undefined)
    }
    document.addEventListener('visibilitychange', change)
    return () => {
      document.removeEventListener('visibilitychange', change)
      stop.abort()
    }
  }, [conversation])
  return marked
}
