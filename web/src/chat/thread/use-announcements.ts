import { useEffect } from 'react'
import type { Turn } from '../../../../shared/client/turn.ts'
import { announce } from '../../state/announce.ts'
import type { ThreadStore } from '../../state/thread-store.ts'
import { chat } from '../../strings/chat.ts'

/** Longest part of an answer that is announced. */
const spokenUnits = 500

/** Announces the start of an answer, then the whole answer once. */
export function useAnnouncements(store: ThreadStore, active: string | null): void {
  useEffect(() => {
    if (active === null) return
    let hasAnnouncedStart = false
    let hasAnnouncedRetry = false
    const drop = store.subscribe(active, () => {
      const turn = store.turn(active)
      if (turn === undefined) return
      if (!hasAnnouncedStart && turn.startedAt !== null && turn.outcome === null) {
        hasAnnouncedStart = true
        announce(chat.announced.answering)
      }
      if (turn.retrying && !hasAnnouncedRetry) {
        hasAnnouncedRetry = true
        announce(chat.announced.retrying)
      }
      if (turn.outcome === null) return
      drop()
      announce(endingText(turn))
    })
    return drop
  }, [store, active])
}

function endingText(turn: Turn): string {
  if (turn.outcome === 'cancelled') return chat.announced.stopped
  // The error below the answer is an alert itself.
  if (turn.outcome === 'failed') return ''
  const text = plainText(turn.items.findLast((item) => item.role === 'assistant')?.text ?? '')
  return text.length <= spokenUnits ? text : chat.announced.long({ text: text.slice(0, spokenUnits) })
}

/** Text of a markdown source, close enough for speech. */
const plainText = (markdown: string): string =>
  markdown
    .replace(/^(`{3,}|~{3,}).*$/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(#{1,6}|>|[-*+])\s+/gm, '')
    .replace(/\|/g, ' ')
    // Removes markers around words and keeps them in a_b or 2 * 3.
    .replace(/(?<=^|[\s([])[*_`~]+(?=\S)|(?<=\S)[*_`~]+(?=[\s.,;:!?)\]]|$)/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
