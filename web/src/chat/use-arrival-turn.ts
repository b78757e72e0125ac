import { useEffect } from 'react'
import { go } from '../app/go.ts'
import type { Conversation } from '../state/conversation.ts'

/** The address of one turn, on whatever branch it is. */
export const turnAddress = (sessionId: string, turnId: string): string => `/c/${sessionId}?turn=${encodeURIComponent(turnId)}`

/** Who came by the address of a turn is taken to it, and to its branch. */
export function useArrivalTurn(talk: Conversation, ready: boolean): void {
  useEffect(() => {
    const wanted = new URLSearchParams(location.search).get('turn')
    if (!ready || wanted === null) return
    go(location.pathname, { keepFocus: true, replace: true })
    if (talk.store.turn(wanted) === undefined) return
    const there = talk.store.thread.branch.includes(wanted) ? Promise.resolve() : talk.switchTo(wanted)
    void there.then(() => setTimeout(() => show(wanted), 300))
  }, [talk, ready])
}

function show(turnId: string): void {
  const turn = document.querySelector<HTMLElement>(`[data-turn="${CSS.escape(turnId)}"]`)
  turn?.scrollIntoView({ block: 'start' })
  turn?.focus({ preventScroll: true })
}
