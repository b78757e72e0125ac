import { RotateCcw, StepForward } from 'lucide-react'
import type { Turn } from '../../../../shared/client/turn.ts'
import { quickActionText } from '../../../../shared/session/quick-action-text.ts'
import { returnToComposer } from '../../navigation/go.ts'
import type { Conversation } from '../../state/conversation.ts'
import { chat } from '../../strings/chat.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { causeOf, isForOperators } from './turn-cause.ts'

interface Props {
  readonly conversation: Conversation
  readonly turn: Turn
  readonly last: boolean
  readonly onRetry: () => void
}

/** Why a turn failed, and what can be done. An unfinished answer can be continued if its turn is the last. */
export default function TurnEnding({ conversation, turn, last, onRetry }: Props) {
  const item = turn.items.at(-1)
  const hasText = item?.role === 'assistant' && item.text !== ''
  const continuation = last && hasText && <Continue conversation={conversation} />
  if (turn.outcome !== 'failed') return <p className="turn-cut">{continuation}</p>
  // An alert only for ten seconds, not when an old thread is opened.
  const isRecent = turn.endedAt !== null && Date.now() - turn.endedAt < 10_000
  return (
    <div className="turn-error" role={isRecent ? 'alert' : undefined} data-testid="turn-error">
      <strong>{turn.items.findLast(({ role }) => role === 'assistant')?.text ? chat.ending.brokeOff : chat.ending.noAnswer}</strong>
      <Reason reason={turn.reason} />
      {turn.detail !== null && (
        <details className="turn-detail" data-testid="turn-detail">
          <summary>{chat.ending.providerSaid}</summary>
          <p>{turn.detail}</p>
        </details>
      )}
      <div className="turn-error-actions">
        <button type="button" className="button small writes" onClick={onRetry} data-testid="retry">
          <RotateCcw aria-hidden />
          {chat.ending.tryAgainButton}
        </button>
        {continuation}
        <CopyButton text={turn.id} label={chat.ending.copyReference} caption={chat.ending.copyReference} testId="copy-reference" />
      </div>
    </div>
  )
}

/**
 * Why it failed. The server's own sentence follows in small print if the page is in another language. It is folded if only operators can use
 * it.
 */
function Reason({ reason }: { readonly reason: string | null }) {
  if (reason === null) return <p>{chat.ending.unknownReason}</p>
  const cause = causeOf(reason)
  if (cause !== null && isForOperators(reason)) {
    return (
      <>
        <p>{cause}</p>
        <details className="turn-detail">
          <summary>{chat.ending.forOperators}</summary>
          <p lang="en">{reason}</p>
        </details>
      </>
    )
  }
  return (
    <>
      {cause !== null && <p>{cause}</p>}
      <p lang="en" className={cause === null ? undefined : 'server-text'}>
        {reason}
      </p>
    </>
  )
}

/** Asks the model to go on from the end of the answer. */
function Continue({ conversation }: { readonly conversation: Conversation }) {
  const goOn = () => {
    // The button disappears with its turn, so the focus moves to the composer.
    returnToComposer()
    conversation.send(quickActionText.continue)
  }
  return (
    <button type="button" className="button small writes" onClick={goOn} data-testid="continue">
      <StepForward aria-hidden />
      <span>{chat.ending.continueButton}</span>
    </button>
  )
}
