import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useMarkdownReady } from '../../markdown/LazyMarkdown.tsx'
import type { Conversation } from '../../state/conversation.ts'
import type { OutgoingMessage } from '../../state/outbox.ts'
import { useSignal } from '../../state/signal.ts'
import { isGone, type Phase } from '../../state/thread-store.ts'
import { chat } from '../../strings/chat.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { PendingMessageView } from '../message/PendingMessageView.tsx'
import { TurnView } from '../turn/TurnView.tsx'
import { Cleared } from './Cleared.tsx'
import { JumpToLatest } from './JumpToLatest.tsx'
import { StickyScroll } from './sticky-scroll.ts'
import { ThreadNotice } from './ThreadNotice.tsx'
import { useAnnouncements } from './use-announcements.ts'
import { useFindInPage } from './use-find-in-page.ts'
import { useLinkedTurn } from './use-linked-turn.ts'
import { useOlder } from './use-older.ts'
import { usePlace } from './use-place.ts'
import { useOutline } from './use-thread.ts'
import { pageTurns, useTurnWindow } from './use-turn-window.ts'

export function Thread({ conversation }: { readonly conversation: Conversation }) {
  const { phase: logPhase, turns: path, waiting, active, paused, clearedAfter } = useOutline(conversation.store)
  // Until answers can be rendered, the thread is as one that is still being read.
  const canShow = useMarkdownReady()
  const phase = canShow ? logPhase : loading
  const isShown = phase.kind === 'ready' || phase.kind === 'saved'
  const messages = useSignal(conversation.outbox.messages).filter(
    (message) => !canShow || conversation.store.thread.turnOf(message.key) === undefined,
  )
  const turns = shownTurns(phase, path, messages)
  const [far, setFar] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const scroll = useRef<StickyScroll | null>(null)
  const olderButton = useRef<HTMLButtonElement>(null)
  const window = useTurnWindow(turns.length, scroll, content)
  useOlder(olderButton, box, window.settled ? window.hidden : 0, window.older)
  useFindInPage(window.hidden, window.older)
  useAnnouncements(conversation.store, active)
  useLinkedTurn(conversation, isShown, turns, window.reveal)

  useLayoutEffect(() => {
    if (box.current === null || content.current === null) return
    const sticky = new StickyScroll(box.current, content.current, setFar)
    scroll.current = sticky
    return () => sticky.dispose()
  }, [])

  usePlace(scroll, { sessionId: conversation.id, ready: isShown, turns, hidden: window.hidden, reveal: window.reveal })

  // A message that the user sends scrolls into view.
  const lastKey = messages.at(-1)?.key
  useLayoutEffect(() => {
    if (lastKey !== undefined) scroll.current?.toEnd()
  }, [lastKey])

  useLayoutEffect(() => {
    window.restore()
    scroll.current?.settle()
  })

  const jump = () => {
    scroll.current?.toEnd()
    // The button disappears, so the focus moves to the thread.
    box.current?.focus({ preventScroll: true })
  }
  const settle = useCallback(() => scroll.current?.settle(), [])
  const { hidden } = window
  return (
    <div className="thread-frame" data-saved={phase.kind === 'saved'}>
      <ScrollBox as="section" ref={box} className="thread" aria-label={chat.thread.label} data-testid="thread">
        <div ref={content} className="thread-content">
          {hidden > 0 && window.settled && (
            <button ref={olderButton} type="button" className="button load-older" onClick={() => window.older()} data-testid="load-older">
              {chat.thread.showOlder({ count: Math.min(hidden, pageTurns) })}
            </button>
          )}
          {turns.slice(hidden).map((id, index) => (
            <TurnView
              key={id}
              conversation={conversation}
              id={id}
              number={hidden + index + 1}
              count={turns.length}
              ahead={waiting.indexOf(id)}
              paused={paused}
              onGrow={settle}
            />
          ))}
          {clearedAfter !== null && isShown && (
            <Cleared onUndo={messages.length === 0 ? () => void conversation.switchTo(clearedAfter) : null} />
          )}
          {messages.map((message) => (
            <PendingMessageView key={message.key} message={message} conversation={conversation} />
          ))}
          <ThreadNotice phase={phase} empty={turns.length + messages.length === 0} conversation={conversation} />
          <span id="latest" tabIndex={-1} />
        </div>
      </ScrollBox>
      {far && <JumpToLatest turns={turns} onJump={jump} />}
      <PaintMark id={conversation.id} turns={turns.length} />
    </div>
  )
}

const none: readonly string[] = []
const loading: Phase = { kind: 'loading' }

/** The turns once the log has been read, up to a turn that a pending edit replaces. */
function shownTurns(phase: Phase, path: readonly string[], messages: readonly OutgoingMessage[]): readonly string[] {
  // Turns of a session that is gone may still be in memory.
  if (phase.kind === 'loading' || isGone(phase)) return none
  const edited = messages.find((message) => message.replaces !== undefined && message.state !== 'failed')?.replaces
  const end = edited === undefined ? -1 : path.indexOf(edited)
  return end < 0 ? path : path.slice(0, end)
}

/** Marks when the thread was painted, for measurements of the opening time. */
function PaintMark({ id, turns }: { readonly id: string; readonly turns: number }) {
  const hasTurns = turns > 0
  useEffect(() => {
    if (hasTurns) performance.mark('soma.thread-shown', { detail: id })
  }, [hasTurns, id])
  return null
}
