import { RotateCcw, X } from 'lucide-react'
import type { Conversation } from '../state/conversation.ts'
import type { Letter } from '../state/outbox.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { UserMessage } from './UserMessage.tsx'

/** A message on its way, shown from the moment Enter was pressed. */
export function LetterView({ letter, talk }: { readonly letter: Letter; readonly talk: Conversation }) {
  return (
    <article
      className="turn"
      data-turn=""
      data-testid="pending-message"
      data-state={letter.state}
      tabIndex={-1}
      aria-label="You, not answered yet"
    >
      <UserMessage text={letter.text} pending={letter.state !== 'failed'} />
      {letter.state === 'failed' ? (
        <div className="turn-error" role="alert">
          <strong>Not sent: {letter.trouble?.title.toLowerCase() ?? 'something went wrong'}</strong>
          <p>{letter.trouble?.detail}</p>
          <div className="turn-error-actions">
            <button type="button" className="button small" onClick={() => talk.resend(letter.key)} data-testid="resend">
              <RotateCcw aria-hidden />
              Send again
            </button>
            <button type="button" className="button small" onClick={() => talk.outbox.discard(letter.key)} data-testid="discard">
              <X aria-hidden />
              Discard
            </button>
            {letter.trouble?.reference && (
              <CopyButton text={letter.trouble.reference} label="Copy request id" caption="Copy request id" testId="copy-reference" />
            )}
          </div>
        </div>
      ) : (
        <p className="state-line" data-testid="state-line">
          {letter.state === 'waiting' ? 'Waiting for the connection…' : letter.state === 'sent' ? 'Sent' : 'Sending…'}
        </p>
      )}
    </article>
  )
}
