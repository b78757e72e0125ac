import { useEffect, useRef } from 'react'
import { go } from '../../navigation/go.ts'
import type { Conversation } from '../../state/conversation.ts'

/** The address of one turn, on any branch. */
export const turnAddress = (sessionId: string, turnId: string): string => `/c/${sessionId}?turn=${encodeURIComponent(turnId)}`

/** Opens the turn that the address names: switches to its branch, then scrolls to it. */
export function useLinkedTurn(conversation: Conversation, ready: boolean, turns: readonly string[], reveal: (index: number) => void): void {
  const linkedTurn = useRef(new URLSearchParams(location.search).get('turn'))
  const hasSwitched = useRef(false)
  useEffect(() => {
    if (!ready || linkedTurn.current === null) return
    if (location.search !== '') go(location.pathname, { keepFocus: true, replace: true })
    const turnId = linkedTurn.current
    const index = turns.indexOf(turnId)
    if (index >= 0) {
      linkedTurn.current = null
      reveal(index)
      setTimeout(() => scrollToTurn(turnId), settleMs)
    } else if (hasSwitched.current || conversation.store.turn(turnId) === undefined) linkedTurn.current = null
    else {
      hasSwitched.current = true
      void conversation.switchTo(turnId)
    }
  }, [conversation, ready, turns, reveal])
}

/** Time for the thread to render its older turns: it opens at its end. */
const settleMs = 300

function scrollToTurn(turnId: string): void {
  const turn = document.querySelector<HTMLElement>(`[data-turn="${CSS.escape(turnId)}"]`)
  turn?.scrollIntoView({ block: 'start' })
  turn?.focus({ preventScroll: true })
}
