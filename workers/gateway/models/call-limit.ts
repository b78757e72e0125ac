/** Bounds the calls of models that a user runs at a time. The limiter object counts them beside the user's streams. */
import { limits } from '../../../shared/api/limits.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { GatewayContext } from '../http/context.ts'
import { type StreamLease, streamLease, streamRetryMs } from '../limits/stream-limit.ts'

/** Names the calls in the user's leases. No session has this name. */
const leaseName = 'llm/invoke'
/** A running call renews its lease this often. Milliseconds. */
const renewMs = 60_000

/** The failure of a call beyond the limit. */
export const tooManyCalls: Failure = { kind: 'too_many_calls', limit: limits.subjectReaders, retryMs: streamRetryMs }

/** The lease of one call. Null: requests are not counted. */
export const callLease = (c: GatewayContext): StreamLease | null => streamLease(c, leaseName)

/** `lines`, which renew the lease while they run. */
export async function* whileLeased<T>(lines: AsyncIterable<T>, lease: StreamLease | null): AsyncGenerator<T> {
  let renewedAt = Date.now()
  for await (const line of lines) {
    if (lease && Date.now() - renewedAt >= renewMs) {
      renewedAt = Date.now()
      // A call that has begun is not refused.
      void lease.take()
    }
    yield line
  }
}
