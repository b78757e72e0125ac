import { useEffect, useRef } from 'react'
import { go } from '../navigation/go.ts'
import type { Conversation } from '../state/conversation.ts'

/** The address of one turn, on whatever branch it is. */
export const turnAddress = (sessionId: string, turnId: string): string => `/c/${sessionId}?turn=${encodeURIComponent(turnId)}`

/** Who came by the address of a turn is taken to it, and to its branch. */
export function useArrivalTurn(conversation: Conversation, ready: boolean, turns: readonly string[], reveal: (at: number) => void): void {
  const wanted = useRef(new URLSearchParams(location.search).get('turn'))
  const asked = useRef(false)
  useEffect(() => {
    if (!ready || wanted.current === null) return
    if (location.search !== '') go(location.pathname, { keepFocus: true, replace: true })
    const turnId = wanted.current
    const at = turns.indexOf(turnId)
    if (at >= 0) {
      wanted.current = null
      reveal(at)
      setTimeout(() => show(turnId), settleMs)
    } else if (asked.current || conversation.store.turn(turnId) === undefined) wanted.current = null
    else {
      asked.current = true
      void conversation.switchTo(turnId)
    }
  }, [conversation, ready, turns, reveal])
}

/** The thread opens at its end, and needs a moment to grow backwards. */
const settleMs = 300

function show(turnId: string): void {
  const turn = document.querySelector<HTMLElement>(`[data-turn="${CSS.escape(turnId)}"]`)
  turn?.scrollIntoView({ block: 'start' })
  turn?.focus({ preventScroll: true })
}
