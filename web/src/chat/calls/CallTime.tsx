import { calls } from '../../strings/calls.ts'
import { formatTenths } from '../../strings/format.ts'

/** How long a call ran, after a dot. Null: nothing. */
export const CallTime = ({ ms }: { readonly ms: number | null }) =>
  ms === null ? null : (
    <span className="number">
      {' '}
      · {ms < 1_000 ? calls.call.milliseconds({ count: ms }) : calls.call.seconds({ count: formatTenths(ms / 1_000) })}
    </span>
  )
