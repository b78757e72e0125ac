import { useEffect } from 'react'
import type { Turn } from '../../../shared/client/thread.ts'
import { announce } from '../state/announce.ts'
import type { ThreadStore } from '../state/thread-store.ts'

/** As much of an answer as is read out unasked. */
const spokenUnits = 500

/** Says that an answer has begun, and then the answer, once: never word by word. */
export function useAnnouncements(store: ThreadStore, active: string | null): void {
  useEffect(() => {
    if (active === null) return
    let begun = false
    const drop = store.subscribe(active, () => {
      const turn = store.turn(active)
      if (turn === undefined) return
      if (!begun && turn.startedAt !== null && turn.outcome === null) {
        begun = true
        announce('Assistant is answering')
      }
      if (turn.outcome === null) return
      drop()
      announce(ending(turn))
    })
    return drop
  }, [store, active])
}

function ending(turn: Turn): string {
  if (turn.outcome === 'cancelled') return 'Stopped'
  // The error card beneath the answer is an alert of its own.
  if (turn.outcome === 'failed') return ''
  const text = plain(turn.items.findLast((item) => item.role === 'assistant')?.text ?? '')
  return text.length <= spokenUnits ? text : `${text.slice(0, spokenUnits)}… The full answer is in the last message.`
}

/** Markdown without its signs; for the ear, close is enough. */
const plain = (markdown: string): string =>
  markdown
    .replace(/^(`{3,}|~{3,}).*$/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(#{1,6}|>|[-*+])\s+/gm, '')
    .replace(/\|/g, ' ')
    // Signs around words; what stands between them, as in a_b or 2 * 3, is said.
    .replace(/(?<=^|[\s([])[*_`~]+(?=\S)|(?<=\S)[*_`~]+(?=[\s.,;:!?)\]]|$)/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
