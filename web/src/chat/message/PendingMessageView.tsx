import { RotateCcw, X } from 'lucide-react'
import type { Conversation } from '../../state/conversation.ts'
import type { OutgoingMessage } from '../../state/outbox.ts'
import { chat } from '../../strings/chat.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
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
      aria-label={chat.pending.label}
    >
      <UserMessage text={message.text} attachments={message.attachments} pending={message.state !== 'failed'} />
      {message.state === 'failed' ? (
        <div className="turn-error" role="alert">
          <strong>{chat.pending.notSent}</strong>
          <p>
            {message.trouble?.title ?? chat.pending.unknownError}. {message.trouble?.detail}
          </p>
          <div className="turn-error-actions">
            <button type="button" className="button small" onClick={() => conversation.resend(message.key)} data-testid="resend">
              <RotateCcw aria-hidden />
              {chat.pending.resendButton}
            </button>
            <button type="button" className="button small" onClick={() => conversation.outbox.discard(message.key)} data-testid="discard">
              <X aria-hidden />
              {chat.pending.discardButton}
            </button>
            {message.trouble?.reference && (
              <CopyButton
                text={message.trouble.reference}
                label={chat.pending.copyReference}
                caption={chat.pending.copyReference}
                testId="copy-reference"
              />
            )}
          </div>
        </div>
      ) : (
        <p className="state-line" data-testid="state-line">
          {message.state === 'waiting' ? chat.pending.waiting : message.state === 'sent' ? chat.pending.sent : chat.pending.sending}
        </p>
      )}
    </article>
  )
}
