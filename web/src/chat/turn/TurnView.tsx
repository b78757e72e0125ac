import { Fragment, memo, Suspense, useLayoutEffect } from 'react'
import type { Turn } from '../../../../shared/client/turn.ts'
import { Markdown } from '../../markdown/LazyMarkdown.tsx'
import type { Conversation } from '../../state/conversation.ts'
import { pauseSession } from '../../state/session-actions.ts'
import { chat } from '../../strings/chat.ts'
import { useLanguage } from '../../strings/language.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { groupCalls } from '../calls/call-state.ts'
import { MessageView } from '../message/MessageView.tsx'
import { Cleared } from '../thread/Cleared.tsx'
import { useTurn } from '../thread/use-thread.ts'
import { StateLine } from './StateLine.tsx'
import { TurnFoot } from './TurnFoot.tsx'
import { hasBegun, isWaiting } from './turn-state.ts'

interface Props {
  readonly conversation: Conversation
  readonly id: string
  readonly number: number
  readonly count: number
  /** Number of turns that must end before this one; -1 when it has ended. */
  readonly ahead: number
  readonly paused: boolean
  readonly onGrow: () => void
}

const CallGroup = lazyPart(() => import('../calls/CallGroup.tsx'))
const ContextNote = lazyPart(() => import('./ContextNote.tsx'))
const ReasoningView = lazyPart(() => import('./ReasoningView.tsx'))
const MemoryNote = lazyPart(() => import('./MemoryNote.tsx'))

/** One turn: the message, the reasoning, the tool calls and the answer. */
export const TurnView = memo(({ conversation, id, number, count, ahead, paused, onGrow }: Props) => {
  useLanguage()
  const turn = useTurn(conversation.store, id)
  // Before the next paint, so that the end of the thread stays in view while the turn grows.
  useLayoutEffect(onGrow, [turn, onGrow])
  if (turn === undefined) return null
  const running = turn.outcome === null
  const last = number === count
  return (
    <>
      {turn.clearedAfter && <Cleared onUndo={null} />}
      <article
        className="turn"
        data-turn={id}
        data-testid="turn"
        data-outcome={turn.outcome ?? 'running'}
        data-last={last}
        tabIndex={-1}
        aria-label={chat.turn.label({ number, count })}
        aria-live="off"
        aria-busy={running}
        aria-setsize={count}
        aria-posinset={number}
      >
        {groupCalls(turn.items.filter(hasBegun)).map((item) =>
          'length' in item ? (
            <Suspense key={item[0]?.id}>
              <CallGroup sessionId={conversation.id} items={item} />
            </Suspense>
          ) : item.role === 'user' ? (
            <Fragment key={item.id}>
              <h2 className="visually-hidden">{chat.turn.you}</h2>
              <MessageView
                conversation={conversation}
                turnId={id}
                text={item.text}
                attachments={item.attachments}
                versions={conversation.store.thread.messages(id)}
              />
              {(turn.summary || turn.omitted) && (
                <Suspense>
                  <ContextNote turn={turn} known={isKnownOmission(turn, conversation.store.thread.turns.get(turn.parentId ?? ''))} />
                </Suspense>
              )}
              {turn.notRemembered && (
                <Suspense>
                  <MemoryNote reasons={turn.notRemembered} />
                </Suspense>
              )}
            </Fragment>
          ) : item.role === 'reasoning' ? (
            <Suspense key={item.id}>
              <ReasoningView item={item} />
            </Suspense>
          ) : (
            <div key={item.id} className="answer" data-testid="answer" data-open={item.open}>
              <h2 className="visually-hidden">{chat.turn.assistant({ number, count })}</h2>
              <Markdown text={item.text} done={!item.open} />
              {item.truncated && <p className="notice answer-cut">{chat.turn.truncated}</p>}
            </div>
          ),
        )}
        {running && isWaiting(turn) && (
          <StateLine
            turn={turn}
            ahead={ahead}
            paused={paused}
            onWithdraw={() => void conversation.stop(id)}
            onResume={() => void pauseSession(conversation.id, false)}
          />
        )}
        {!running && <TurnFoot conversation={conversation} turn={turn} last={last} />}
      </article>
    </>
  )
})

/** Whether the turn before already said that turns are left out, for the same reason. */
const isKnownOmission = ({ omitted }: Turn, before: Turn | undefined): boolean =>
  omitted !== undefined && before?.omitted?.reason === omitted.reason
