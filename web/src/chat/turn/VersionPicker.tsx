import { ChevronLeft, ChevronRight } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { Versions } from '../../../../shared/client/thread.ts'
import { announce } from '../../state/announce.ts'
import type { Conversation } from '../../state/conversation.ts'
import { chat } from '../../strings/chat.ts'

interface Props {
  readonly conversation: Conversation
  readonly turnId: string
  readonly of: 'message' | 'answer'
  readonly versions: Versions
}

/** The button that was pressed. It gets the focus back when the chosen version is shown. */
let pendingFocus: { readonly turnId: string; readonly of: Props['of']; readonly step: -1 | 1 } | null = null

const stringsOf = (of: Props['of']) => {
  const { versions } = chat
  return of === 'message'
    ? { label: versions.ofMessage, previous: versions.previousOfMessage, next: versions.nextOfMessage }
    : { label: versions.ofAnswer, previous: versions.previousOfAnswer, next: versions.nextOfAnswer }
}

/** “2 / 3”: switches between the versions of a message or an answer. There are at least two. */
export default function VersionPicker({ conversation, turnId, of, versions: { index, turnIds } }: Props) {
  const group = useRef<HTMLFieldSetElement>(null)
  const count = turnIds.length
  const strings = stringsOf(of)
  useEffect(() => {
    if (pendingFocus?.turnId !== turnId || pendingFocus.of !== of) return
    const target = group.current?.querySelector<HTMLElement>(`[data-step="${pendingFocus.step}"]`)
    pendingFocus = null
    target?.focus()
    announce(chat.versions.announced({ number: index + 1, count }))
  }, [turnId, of, index, count])

  const go = async (step: -1 | 1) => {
    const next = turnIds[index + step]
    if (next === undefined || pendingFocus !== null) return
    pendingFocus = { turnId: next, of, step }
    await conversation.switchTo(next)
    // A version that does not appear within a second must not take the focus later.
    setTimeout(() => {
      pendingFocus = null
    }, 1_000)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    event.preventDefault()
    void go(event.key === 'ArrowLeft' ? -1 : 1)
  }
  const arrow = (step: -1 | 1) => (
    // Never disabled: a disabled button would lose the focus at the first and last version.
    <button
      type="button"
      className="quiet icon"
      data-step={step}
      aria-disabled={turnIds[index + step] === undefined}
      aria-label={step < 0 ? strings.previous : strings.next}
      onClick={() => void go(step)}
      data-testid={step < 0 ? 'version-previous' : 'version-next'}
    >
      {step < 0 ? <ChevronLeft aria-hidden /> : <ChevronRight aria-hidden />}
    </button>
  )
  return (
    <fieldset
      ref={group}
      className="versions writes"
      aria-label={strings.label({ number: index + 1, count })}
      onKeyDown={press}
      data-testid={`${of}-versions`}
    >
      {arrow(-1)}
      <span className="number">
        {index + 1} / {count}
      </span>
      {arrow(1)}
    </fieldset>
  )
}
