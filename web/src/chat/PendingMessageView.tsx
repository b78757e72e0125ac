import { RotateCcw, X } from 'lucide-react'
import type { Conversation } from '../state/conversation.ts'
import type { OutgoingMessage } from '../state/outbox.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { UserMessage } from './UserMessage.tsx'

/** A message that is not in the log yet. */
export function PendingMessageView({ message, conversation }: { readonly message: OutgoingMessage; readonly conversation: Conversation }) {
  return (
    <article
      className="turn"
      data-turn=""
      data-testid="pending-message"
      data-state={message.state}
      tabIndex={-1}
      aria-label="You, not answered yet"
    >
      <UserMessage text={message.text} pending={message.state !== 'failed'} />
      {message.state === 'failed' ? (
        <div className="turn-error" role="alert">
          <strong>Not sent</strong>
          <p>
            {message.trouble?.title ?? 'Something went wrong'}. {message.trouble?.detail}
          </p>
          <div className="turn-error-actions">
            <button type="button" className="button small" onClick={() => conversation.resend(message.key)} data-testid="resend">
              <RotateCcw aria-hidden />
              Send again
            </button>
            <button type="button" className="button small" onClick={() => conversation.outbox.discard(message.key)} data-testid="discard">
              <X aria-hidden />
              Discard
            </button>
            {message.trouble?.reference && (
              <CopyButton text={message.trouble.reference} label="Copy request id" caption="Copy request id" testId="copy-reference" />
            )}
          </div>
        </div>
      ) : (
        <p className="state-line" data-testid="state-line">
          {message.state === 'waiting' ? 'Waiting for the connection…' : message.state === 'sent' ? 'Sent' : 'Sending…'}
        </p>
      )}
    </article>
  )
}
