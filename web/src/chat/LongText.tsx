import { FileText, X } from 'lucide-react'
import { announce } from '../state/announce.ts'
import { maxMessages } from './long-text.ts'
import './long-text.css'

interface Props {
  readonly text: string
  /** The number of messages that carry the text. */
  readonly messages: number
  /** Puts the text into the field; absent: it does not fit. */
  readonly onInsert: (() => void) | undefined
  readonly onRemove: () => void
}

/** Characters of the preview. */
const shownUnits = 160

/** A long pasted text, beside the message field. It is sent with the message. */
export default function LongText({ text, messages, onInsert, onRemove }: Props) {
  const tooLong = messages > maxMessages
  const size = `${text.length.toLocaleString()} characters`
  return (
    <section
      className="long-text"
      aria-label="Pasted text"
      data-testid="long-text"
      ref={(node) => void (node && announce(`Pasted text, ${size}`))}
    >
      <FileText aria-hidden />
      <div>
        <strong>Pasted text</strong> <span className="number">{size}</span>
        <p className="long-text-start" dir="auto">
          {text.slice(0, shownUnits).trim()}
        </p>
        <p className={tooLong ? 'notice error' : 'notice'} role={tooLong ? 'alert' : undefined}>
          {tooLong
            ? `This is too long to send. Shorten it to ${maxMessages} messages of 32,000 characters.`
            : messages > 1
              ? `Longer than one message. It is sent as ${messages} messages.`
              : 'It is sent with your message.'}
        </p>
      </div>
      <span className="long-text-actions">
        {onInsert && (
          <button type="button" className="button small" onClick={onInsert} data-testid="long-text-insert">
            Insert as text
          </button>
        )}
        <button type="button" className="quiet icon" aria-label="Remove the pasted text" onClick={onRemove} data-testid="long-text-remove">
          <X aria-hidden />
        </button>
      </span>
    </section>
  )
}
