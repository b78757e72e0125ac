import { useId, useRef, useState } from 'react'
import { api } from '../../state/api.ts'
import { calls } from '../../strings/calls.ts'
import { useAction } from '../../ui/use-action.ts'
import { Arguments } from './Arguments.tsx'
import { CardFrame } from './CardFrame.tsx'
import type { CallItem } from './call-state.ts'
import { objectProblem, pretty } from './pretty.ts'

interface Props {
  readonly sessionId: string
  readonly item: CallItem
}

/** Asks the user to approve or decline a call. Its arguments, its risk and the rules that ask are open. */
export function ApprovalCard({ sessionId, item: { id, call } }: Props) {
  const { ask, reason } = call
  // A program may wait for one of its calls. Its arguments are not edited.
  const { name, effect } = ask?.program ?? call
  const texts = calls.card
  const json = ask?.arguments ?? call.arguments
  const [edited, setEdited] = useState<string | null>(null)
  const [declining, setDeclining] = useState(false)
  const [why, setWhy] = useState('')
  const [remember, setRemember] = useState(false)
  const { busy, error, run } = useAction()
  const field = useId()
  const approveButton = useRef<HTMLButtonElement>(null)
  const problem = edited === null ? null : objectProblem(edited)
  const binding = ask?.binding === undefined ? {} : { binding: ask.binding }

  const approve = () =>
    run(() =>
      api.decideCall(sessionId, id, true, {
        ...binding,
        ...(edited !== null && { arguments: JSON.parse(edited) }),
        ...(remember && { remember }),
      }),
    )
  const decline = () => run(() => api.decideCall(sessionId, id, false, { ...binding, ...(why.trim() !== '' && { reason: why.trim() }) }))
  const stopEditing = () => {
    setEdited(null)
    approveButton.current?.focus()
  }
  return (
    <CardFrame label={texts.approvalLabel({ name })} testId="approval" until={ask?.until} error={error}>
      <p className="call-ask">{ask?.asked?.length ? texts.wants({ name }) : reason}</p>
      <dl className="call-facts">
        <dt>{texts.risk}</dt>
        <dd>{calls.risks[effect ?? 'once']}</dd>
        {ask?.asked && ask.asked.length > 0 && (
          <>
            <dt>{texts.askedBy}</dt>
            <dd>
              {ask.asked.map(({ source, reason: rule }) => (
                <span key={`${source} ${rule}`} className="call-rule">
                  {calls.sources[source]}
                  {/* The policy's own words. */}
                  {source === 'policy' && <span lang="en">: {rule}</span>}
                </span>
              ))}
            </dd>
          </>
        )}
        <dt id={field}>{calls.call.arguments}</dt>
        <dd>
          {edited === null ? (
            <Arguments json={json} />
          ) : (
            <>
              <textarea
                className="call-edit"
                rows={Math.min(12, edited.split('\n').length + 1)}
                value={edited}
                spellCheck={false}
                aria-labelledby={field}
                aria-invalid={problem !== null}
                onChange={(event) => setEdited(event.currentTarget.value)}
                data-testid="edited-arguments"
              />
              {problem !== null && (
                <p className="call-problem" role="alert">
                  {calls.problems[problem]}
                </p>
              )}
            </>
          )}
        </dd>
      </dl>
      {ask?.rule === 'once' && <p className="call-hint">{texts.once({ name })}</p>}
      {ask?.rule === 'ask' && !declining && (
        <label className="call-remember">
          <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.currentTarget.checked)} data-testid="remember" />
          {texts.remember({ name })}
        </label>
      )}
      {declining ? (
        <form
          className="call-actions"
          onSubmit={(event) => {
            event.preventDefault()
            void decline()
          }}
        >
          <input
            value={why}
            maxLength={500}
            placeholder={texts.whyPlaceholder}
            aria-label={texts.why}
            // biome-ignore lint/a11y/noAutofocus: the button that was pressed no longer exists.
            autoFocus
            onChange={(event) => setWhy(event.currentTarget.value)}
            data-testid="decline-reason"
          />
          <button type="submit" className="button danger" disabled={busy} data-testid="confirm-decline">
            {calls.call.declineButton}
          </button>
          <button type="button" className="button" disabled={busy} onClick={() => setDeclining(false)}>
            {texts.backButton}
          </button>
        </form>
      ) : (
        <div className="call-actions">
          <button
            ref={approveButton}
            type="button"
            className="button primary"
            disabled={busy || problem !== null}
            onClick={() => void approve()}
            data-testid="approve"
          >
            {edited === null ? calls.call.approveButton : texts.approveEditedButton}
          </button>
          <button type="button" className="button" disabled={busy} onClick={() => setDeclining(true)} data-testid="decline">
            {calls.call.declineButton}
          </button>
          {ask?.program ? null : edited === null ? (
            <button type="button" className="button" disabled={busy} onClick={() => setEdited(pretty(json))} data-testid="edit-arguments">
              {texts.editButton}
            </button>
          ) : (
            <button type="button" className="button" disabled={busy} onClick={stopEditing}>
              {texts.discardEditButton}
            </button>
          )}
        </div>
      )}
    </CardFrame>
  )
}
