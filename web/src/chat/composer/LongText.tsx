import { FileText, X } from 'lucide-react'
import { announce } from '../../state/announce.ts'
import { chat } from '../../strings/chat.ts'
import { maxMessages } from './long-text.ts'
import { maxMessageUnits } from './message-limit.ts'
import './long-text.css'

interface Props {
  readonly text: string
  /** The number of messages that carry the text. */
  readonly messages: number
  /** Puts the text into the field; absent: it does not fit. */
  readonly onInsert: (() => void) | undefined
  /** Makes a file of the text. */
  readonly onAttach: () => void
  readonly onRemove: () => void
}

/** Characters of the preview. */
const shownUnits = 160

/** A long pasted text, beside the message field. It is sent with the message. */
export default function LongText({ text, messages, onInsert, onAttach, onRemove }: Props) {
  const tooLong = messages > maxMessages
  const size = chat.longText.size({ count: text.length })
  return (
    <section
      className="long-text"
      aria-label={chat.longText.label}
      data-testid="long-text"
      ref={(node) => void (node && announce(chat.longText.announced({ size })))}
    >
      <FileText aria-hidden />
      <div>
        <strong>{chat.longText.label}</strong> <span className="number">{size}</span>
        <p className="long-text-start" dir="auto">
          {text.slice(0, shownUnits).trim()}
        </p>
        <p className={tooLong ? 'notice error' : 'notice'} role={tooLong ? 'alert' : undefined}>
          {tooLong
            ? chat.longText.tooLong({ messages: maxMessages, units: maxMessageUnits })
            : messages > 1
              ? chat.longText.severalMessages({ messages })
              : chat.longText.oneMessage}
        </p>
      </div>
      <span className="long-text-actions">
        <button type="button" className="button small" onClick={onAttach} data-testid="long-text-attach">
          {chat.longText.attachButton}
        </button>
        {onInsert && (
          <button type="button" className="button small" onClick={onInsert} data-testid="long-text-insert">
            {chat.longText.insertButton}
          </button>
        )}
        <button
          type="button"
          className="quiet icon"
          aria-label={chat.longText.removeLabel}
          onClick={onRemove}
          data-testid="long-text-remove"
        >
          <X aria-hidden />
        </button>
      </span>
    </section>
  )
}
