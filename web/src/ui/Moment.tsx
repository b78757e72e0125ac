import { ago, exactly } from './format-date.ts'

/** A moment, roughly; exactly, to whoever points at it. */
export const Moment = ({ at, never = 'Never' }: { readonly at: number | null; readonly never?: string }) =>
  at === null ? (
    <span className="faint">{never}</span>
  ) : (
    <time dateTime={new Date(at).toISOString()} title={exactly(at)}>
      {ago(at)}
    </time>
  )
