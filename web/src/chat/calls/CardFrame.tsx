import type { ReactNode } from 'react'
import { calls } from '../../strings/calls.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { formatDate, isoDate } from '../../ui/format-date.ts'
import type { Action } from '../../ui/use-action.ts'

interface Props {
  readonly label: string
  readonly testId: string
  /** When the call goes on without an answer, Unix ms. */
  readonly until: number | undefined
  readonly error: Action['error']
  readonly children: ReactNode
}

/** The frame of a card that asks the user about a call. */
export const CardFrame = ({ label, testId, until, error, children }: Props) => (
  // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place for the head of a card.
  <div className="call-card writes" role="group" aria-label={label} data-testid={testId}>
    {children}
    <ErrorNotice error={error} />
    {until !== undefined && (
      <p className="call-until">
        {calls.card.until} <time dateTime={isoDate(until)}>{formatDate(until)}</time>
      </p>
    )}
  </div>
)
