import { ChevronLeft, ChevronRight } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { Versions } from '../../../shared/client/thread.ts'
import { announce } from '../state/announce.ts'
import type { Conversation } from '../state/conversation.ts'

interface Props {
  readonly conversation: Conversation
  readonly turnId: string
  readonly of: 'message' | 'answer'
  readonly versions: Versions
}

/** Which button was pressed to come to a turn: with its version shown, the focus is to be there again. */
let arriving: { readonly turnId: string; readonly of: Props['of']; readonly step: -1 | 1 } | null = null

/** "2 / 3": the other versions of a message or of an answer, each with what followed it. Nothing while there is one. */
export function VersionPicker({ conversation, turnId, of, versions: { at, turnIds } }: Props) {
  const group = useRef<HTMLFieldSetElement>(null)
  const count = turnIds.length
  useEffect(() => {
    if (arriving?.turnId !== turnId || arriving.of !== of) return
    const wanted = group.current?.querySelector<HTMLElement>(`[data-step="${arriving.step}"]`)
    arriving = null
    wanted?.focus()
    announce(`Version ${at + 1} of ${count}`)
  }, [turnId, of, at, count])
  if (count < 2) return null

  const go = async (step: -1 | 1) => {
    const next = turnIds[at + step]
    if (next === undefined || arriving !== null) return
    arriving = { turnId: next, of, step }
    await conversation.switchTo(next)
    // The new version takes it when it appears; one that never does must not take it later.
    setTimeout(() => {
      arriving = null
    }, 1_000)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    event.preventDefault()
    void go(event.key === 'ArrowLeft' ? -1 : 1)
  }
  const arrow = (step: -1 | 1) => (
    // Never disabled: the focus would fall out of it at the first and at the last version.
    <button
      type="button"
      className="quiet icon"
      data-step={step}
      aria-disabled={turnIds[at + step] === undefined}
      aria-label={step < 0 ? `Previous version of this ${of}` : `Next version of this ${of}`}
      onClick={() => void go(step)}
      data-testid={step < 0 ? 'version-previous' : 'version-next'}
    >
      {step < 0 ? <ChevronLeft aria-hidden /> : <ChevronRight aria-hidden />}
    </button>
  )
  return (
    <fieldset
      ref={group}
      className="versions"
      aria-label={`Version ${at + 1} of ${count} of this ${of}`}
      onKeyDown={press}
      data-testid={`${of}-versions`}
    >
      {arrow(-1)}
      <span className="number">
        {at + 1} / {count}
      </span>
      {arrow(1)}
    </fieldset>
  )
}
