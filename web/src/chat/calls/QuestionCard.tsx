import { type FormEvent, useState } from 'react'
import { api } from '../../state/api.ts'
import { calls } from '../../strings/calls.ts'
import { useAction } from '../../ui/use-action.ts'
import { CardFrame } from './CardFrame.tsx'
import type { CallItem } from './call-state.ts'

interface Props {
  readonly sessionId: string
  readonly item: CallItem
}

/** A question of the assistant, with its choices and a field for an own answer. */
export function QuestionCard({ sessionId, item: { id, call } }: Props) {
  const { ask, reason } = call
  const texts = calls.card
  const [text, setText] = useState('')
  const { busy, error, run } = useAction()
  const binding = ask?.binding === undefined ? {} : { binding: ask.binding }
  const answer = (answer: string) => run(() => api.decideCall(sessionId, id, true, { ...binding, answer }))
  const skip = () => run(() => api.decideCall(sessionId, id, false, binding))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '') void answer(text.trim())
  }
  return (
    <CardFrame label={texts.questionLabel} testId="question" until={ask?.until} error={error}>
      <p className="call-ask" dir="auto">
        {reason}
      </p>
      {ask?.choices && ask.choices.length > 0 && (
        <div className="call-actions">
          {ask.choices.map((choice) => (
            <button key={choice} type="button" className="button" dir="auto" disabled={busy} onClick={() => void answer(choice)}>
              {choice}
            </button>
          ))}
        </div>
      )}
      <form className="call-actions" onSubmit={submit}>
        <input
          value={text}
          dir="auto"
          aria-label={texts.answer}
          placeholder={texts.answerPlaceholder}
          onChange={(event) => setText(event.currentTarget.value)}
          data-testid="question-answer"
        />
        <button type="submit" className="button primary" disabled={busy || text.trim() === ''} data-testid="send-answer">
          {texts.answerButton}
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => void skip()} data-testid="skip-question">
          {texts.skipButton}
        </button>
      </form>
    </CardFrame>
  )
}
