import { ui } from '../strings/ui.ts'
import { formatDate, formatRelativeTime, isoDate } from './format-date.ts'

interface Props {
  /** Unix ms. */
  readonly at: number | null
  /** Shown for null. */
  readonly never?: string
}

/** A rough time; its tooltip shows the exact one. */
export const RelativeTime = ({ at, never = ui.never }: Props) =>
  at === null ? (
    <span className="faint">{never}</span>
  ) : (
    <time dateTime={isoDate(at)} title={formatDate(at)}>
      {formatRelativeTime(at)}
    </time>
  )
