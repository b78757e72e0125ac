import { memo, Suspense, useId, useState } from 'react'
import type { AttachmentRef } from '../../../../shared/attachment/attachment-ref.ts'
import { MessageText } from '../../markdown/LazyMarkdown.tsx'
import { chat } from '../../strings/chat.ts'
import { useLanguage } from '../../strings/language.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'

const MessageFiles = lazyPart(() => import('../../files/MessageFiles.tsx'))

/** A message that is longer, in lines as estimated, is folded to twelve. */
const foldedBeyond = 15
/** Characters of a line, for the estimate. */
const lineUnits = 64

interface Props {
  readonly text: string
  readonly attachments?: readonly AttachmentRef[] | undefined
  readonly pending?: boolean
}

/** A message of the user, with its files. A long one is folded. */
export const UserMessage = memo(({ text, attachments = [], pending = false }: Props) => {
  useLanguage()
  const [isExpanded, setExpanded] = useState(false)
  const id = useId()
  const isLong = estimatedLines(text) > foldedBeyond
  return (
    <>
      <div
        className="user-message"
        id={id}
        data-pending={pending}
        data-folded={isLong && !isExpanded}
        data-testid="user-message"
        dir="auto"
      >
        <MessageText text={text} />
      </div>
      {attachments.length > 0 && (
        <Suspense>
          <MessageFiles files={attachments} />
        </Suspense>
      )}
      {isLong && (
        <button
          type="button"
          className="quiet with-caption message-fold"
          aria-expanded={isExpanded}
          aria-controls={id}
          onClick={() => setExpanded(!isExpanded)}
          data-testid="fold-message"
        >
          {isExpanded ? chat.message.showLess : chat.message.showAll}
        </button>
      )}
    </>
  )
})

/** Lines of a text, at most one more than a message may have before it is folded. */
export function estimatedLines(text: string): number {
  let lines = 0
  for (let from = 0; from <= text.length && lines <= foldedBeyond; ) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    lines += Math.max(1, Math.ceil((end - from) / lineUnits))
    from = end + 1
  }
  return lines
}
