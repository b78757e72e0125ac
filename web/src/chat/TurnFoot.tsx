import { Ellipsis, RefreshCw, RotateCcw, StepForward } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Turn } from '../../../shared/client/thread.ts'
import { quickActionText } from '../../../shared/session/quick-action-text.ts'
import { returnToComposer } from '../navigation/go.ts'
import type { Conversation } from '../state/conversation.ts'
import { overlay } from '../state/overlay.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { VersionPicker } from './VersionPicker.tsx'

interface Props {
  readonly conversation: Conversation
  readonly turn: Turn
  readonly last: boolean
}

/** The end of a turn: its outcome, its cost and its actions. */
export function TurnFoot({ conversation, turn, last }: Props) {
  const answer = turn.items.findLast((item) => item.role === 'assistant')?.text ?? ''
  const question = turn.items.find((item) => item.role === 'user')?.text ?? ''
  const retry = () => conversation.send(question)
  const canContinue = last && isUnfinished(turn)
  return (
    <>
      {turn.outcome === 'failed' && (
        <Failed turn={turn} partial={answer !== ''} onRetry={retry}>
          {canContinue && <Continue conversation={conversation} className="button small" />}
        </Failed>
      )}
      {turn.outcome === 'completed' && canContinue && (
        <p className="turn-cut">
          <Continue conversation={conversation} className="button small" />
        </p>
      )}
      <div className="turn-foot" data-last={last}>
        {turn.outcome === 'cancelled' && <span className="stopped">{answer === '' ? 'Stopped before it was answered' : 'Stopped'}</span>}
        <VersionPicker conversation={conversation} turnId={turn.id} of="answer" versions={conversation.store.thread.answers(turn.id)} />
        {answer !== '' && <CopyButton text={answer} label="Copy answer" testId="copy-message" />}
        {turn.outcome === 'completed' && <Regenerate conversation={conversation} turnId={turn.id} />}
        <button
          type="button"
          className="quiet icon"
          aria-label="More for this turn"
          title="More"
          aria-haspopup="menu"
          onClick={(event) => overlay.set({ kind: 'turn-menu', sessionId: conversation.id, turnId: turn.id, anchor: event.currentTarget })}
          data-testid="turn-menu"
        >
          <Ellipsis aria-hidden />
        </button>
        {turn.outcome === 'cancelled' && (
          <button type="button" className="quiet with-caption" onClick={retry} data-testid="retry">
            <RotateCcw aria-hidden />
            <span>Ask again</span>
          </button>
        )}
        {turn.outcome === 'cancelled' && canContinue && <Continue conversation={conversation} className="quiet with-caption" />}
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

/** Asks the model to go on from the end of the answer. */
function Continue({ conversation, className }: { readonly conversation: Conversation; readonly className: string }) {
  const goOn = () => {
    // The button disappears with its turn, so the focus moves to the composer.
    returnToComposer()
    conversation.send(quickActionText.continue)
  }
  return (
    <button type="button" className={className} onClick={goOn} data-testid="continue">
      <StepForward aria-hidden />
      <span>Continue</span>
    </button>
  )
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
      className="quiet icon"
      aria-label="Answer again"
      title="Answer again"
      onClick={regenerate}
      data-testid="regenerate"
    >
      <RefreshCw aria-hidden />
    </button>
  )
}

/** Says why the turn failed and offers a retry. It is an alert only for ten seconds, not when an old thread is opened. */
function Failed({
  turn,
  partial,
  onRetry,
  children,
}: {
  readonly turn: Turn
  readonly partial: boolean
  readonly onRetry: () => void
  readonly children?: ReactNode
}) {
  const isRecent = turn.endedAt !== null && Date.now() - turn.endedAt < 10_000
  return (
    <div className="turn-error" role={isRecent ? 'alert' : undefined} data-testid="turn-error">
      <strong>{partial ? 'The answer broke off' : 'There was no answer'}</strong>
      <p>{turn.reason ?? 'Something went wrong.'}</p>
      {turn.detail !== null && (
        <details className="turn-detail" data-testid="turn-detail">
          <summary>What the provider said</summary>
          <p>{turn.detail}</p>
        </details>
      )}
      <div className="turn-error-actions">
        <button type="button" className="button small" onClick={onRetry} data-testid="retry">
          <RotateCcw aria-hidden />
          Try again
        </button>
        {children}
        <CopyButton text={turn.id} label="Copy reference" caption="Copy reference" testId="copy-reference" />
      </div>
    </div>
  )
}

function Cost({ turn }: { readonly turn: Turn }) {
  const { usage, acceptedAt, endedAt } = turn
  const parts = [
    endedAt !== null && endedAt > acceptedAt && seconds(endedAt - acceptedAt),
    usage !== null && usage.output_tokens > 0 && `${usage.estimated ? 'about ' : ''}${usage.output_tokens.toLocaleString()} tokens`,
  ].filter((part) => part !== false)
  return parts.length === 0 ? null : (
    <span className="cost number" data-testid="cost">
      {parts.join(' · ')}
    </span>
  )
}

const seconds = (ms: number): string => (ms < 1_000 ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`)
