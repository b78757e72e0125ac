import type { ResolveCall } from '../../../../shared/api/calls.ts'
import { api } from '../../state/api.ts'
import { calls } from '../../strings/calls.ts'
import { useAction } from '../../ui/use-action.ts'
import { Arguments } from './Arguments.tsx'
import { CardFrame } from './CardFrame.tsx'
import type { CallItem } from './call-state.ts'

interface Props {
  readonly sessionId: string
  readonly item: CallItem
}

const outcomes = ['happened', 'again', 'given_up'] as const satisfies readonly ResolveCall['outcome'][]

/** Asks what became of a call that was cut off while it ran, and that must not run twice. */
export function EffectCard({ sessionId, item: { id, call } }: Props) {
  const { ask, name } = call
  const texts = calls.card
  const { busy, error, run } = useAction()
  return (
    <CardFrame label={texts.effectLabel({ name })} testId="effect" until={ask?.until} error={error}>
      <p className="call-ask">{texts.effectText({ name })}</p>
      <dl className="call-facts">
        <dt>{calls.call.arguments}</dt>
        <dd>
          <Arguments json={ask?.arguments ?? call.arguments} />
        </dd>
      </dl>
      <ul className="call-outcomes">
        {outcomes.map((outcome) => (
          <li key={outcome}>
            <button
              type="button"
              className="button"
              disabled={busy}
              aria-describedby={`${id}-${outcome}`}
              onClick={() => void run(() => api.resolveCall(sessionId, id, outcome))}
              data-testid={`effect-${outcome}`}
            >
              {calls.outcomes[outcome]}
            </button>
            <span id={`${id}-${outcome}`}>{calls.outcomeHints[outcome]}</span>
          </li>
        ))}
      </ul>
    </CardFrame>
  )
}
