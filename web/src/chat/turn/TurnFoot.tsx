import { Ellipsis, RefreshCw, RotateCcw } from 'lucide-react'
import { Suspense, useState } from 'react'
import type { Turn } from '../../../../shared/client/turn.ts'
import type { Usage } from '../../../../shared/events/event.ts'
import { returnToComposer } from '../../navigation/go.ts'
import { usePersonaName } from '../../state/answerers.ts'
import type { Conversation } from '../../state/conversation.ts'
import { overlay } from '../../state/overlay.ts'
import { chat } from '../../strings/chat.ts'
import { formatTenths } from '../../strings/format.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { lazyPart } from '../../ui/lazy-part.tsx'

const RecallNote = lazyPart(() => import('./RecallNote.tsx'))
const TurnEnding = lazyPart(() => import('./TurnEnding.tsx'))
const VersionPicker = lazyPart(() => import('./VersionPicker.tsx'))

interface Props {
  readonly conversation: Conversation
  readonly turn: Turn
  readonly last: boolean
}

/** The end of a turn: its outcome, its cost and its actions. */
export function TurnFoot({ conversation, turn, last }: Props) {
  const answer = turn.items.findLast((item) => item.role === 'assistant')?.text ?? ''
  const message = turn.items.find((item) => item.role === 'user')?.text ?? ''
  const versions = conversation.store.thread.answers(turn.id)
  const retry = () => conversation.send(message)
  return (
    <>
      {(turn.answeredBy?.memories || turn.answeredBy?.recall) && (
        <Suspense>
          <RecallNote memories={turn.answeredBy.memories} recall={turn.answeredBy.recall} />
        </Suspense>
      )}
      {(turn.outcome === 'failed' || (last && isUnfinished(turn))) && (
        <Suspense>
          <TurnEnding conversation={conversation} turn={turn} last={last} onRetry={retry} />
        </Suspense>
      )}
      <div className="turn-foot" data-last={last}>
        {turn.outcome === 'cancelled' && <span className="stopped">{answer === '' ? chat.turn.stoppedUnanswered : chat.turn.stopped}</span>}
        {versions.turnIds.length > 1 && (
          <Suspense>
            <VersionPicker conversation={conversation} turnId={turn.id} of="answer" versions={versions} />
          </Suspense>
        )}
        {answer !== '' && <CopyButton text={answer} label={chat.turn.copyAnswer} testId="copy-message" />}
        {turn.outcome === 'completed' && <Regenerate conversation={conversation} turnId={turn.id} />}
        <button
          type="button"
          className="quiet icon"
          aria-label={chat.turn.menuLabel}
          title={chat.turn.menuHint}
          aria-haspopup="menu"
          onClick={(event) => overlay.set({ kind: 'turn-menu', sessionId: conversation.id, turnId: turn.id, anchor: event.currentTarget })}
          data-testid="turn-menu"
        >
          <Ellipsis aria-hidden />
        </button>
        {turn.outcome === 'cancelled' && (
          <button type="button" className="quiet with-caption writes" onClick={retry} data-testid="retry">
            <RotateCcw aria-hidden />
            <span>{chat.turn.askAgainButton}</span>
          </button>
        )}
        <Answerer turn={turn} />
        <Cost turn={turn} />
      </div>
    </>
  )
}

/** Whether the turn ends with a text that was cut, stopped or broken off. */
function isUnfinished({ items }: Turn): boolean {
  const item = items.at(-1)
  return item?.role === 'assistant' && item.text !== '' && (item.truncated || item.incomplete)
}

function Regenerate({ conversation, turnId }: { readonly conversation: Conversation; readonly turnId: string }) {
  const [busy, setBusy] = useState(false)
  const regenerate = async () => {
    if (busy) return
    setBusy(true)
    // The button disappears with its turn, so the focus moves to the composer.
    returnToComposer()
    await conversation.regenerate(turnId)
    setBusy(false)
  }
  return (
    <button
      type="button"
      className="quiet icon writes"
      aria-label={chat.turn.answerAgain}
      title={chat.turn.answerAgain}
      onClick={regenerate}
      data-testid="regenerate"
    >
      <RefreshCw aria-hidden />
    </button>
  )
}

/** The persona and the model that answered. */
function Answerer({ turn: { answeredBy } }: { readonly turn: Turn }) {
  const persona = usePersonaName(answeredBy?.persona_id)
  // A copy that an earlier release saved has no such field.
  if (!answeredBy) return null
  const name = [persona, answeredBy.model].filter((part) => part !== undefined).join(' · ')
  return (
    <span className="answerer" title={name} data-testid="answered-by">
      {name}
    </span>
  )
}

function Cost({ turn }: { readonly turn: Turn }) {
  const { usage, acceptedAt, endedAt } = turn
  const parts = [
    endedAt !== null && endedAt > acceptedAt && seconds(endedAt - acceptedAt),
    usage !== null &&
      usage.output_tokens > 0 &&
      (usage.estimated ? chat.turn.aboutTokens : chat.turn.tokens)({ count: usage.output_tokens }),
    usage !== null && cachedPercent(usage) > 0 && chat.turn.cached({ percent: cachedPercent(usage) }),
  ].filter((part) => part !== false)
  return parts.length === 0 ? null : (
    <span className="cost number" data-testid="cost">
      {parts.join(' · ')}
    </span>
  )
}

/** The part of the input that the provider had cached, if it reports it. Percent, whole. */
const cachedPercent = ({ input_tokens, cached_tokens = 0 }: Usage): number =>
  input_tokens > 0 ? Math.round((100 * cached_tokens) / input_tokens) : 0

const seconds = (ms: number): string =>
  ms < 1_000 ? chat.turn.milliseconds({ count: Math.max(0, Math.round(ms)) }) : chat.turn.seconds({ count: formatTenths(ms / 1_000) })
