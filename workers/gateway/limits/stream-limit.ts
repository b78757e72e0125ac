/**
 * Limits the open streams of a subject. The limiter object of the class `stream` has one lease for each. While it is unavailable, or of an
 * older release, each isolate counts alone. The session's object counts the readers of the session itself.
 */
import { limits } from '../../../shared/api/limits.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { withDeadline } from '../../../shared/lib/timeout.ts'
import { StreamLeases, type StreamRefusal } from '../../../shared/limits/stream-leases.ts'
import type { Failure } from '../../../shared/problem.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { GatewayContext } from '../http/context.ts'
import { logger } from '../logger.ts'

/** Timeout of the limiter object. Milliseconds. */
const limiterTimeoutMs = 1_000
/** When a refused client tries again. Milliseconds. */
export const streamRetryMs = 10_000

/** Open streams of this isolate, by name of the limiter object. */
const localLeases = new BoundedMap<string, StreamLeases>(5_000)

/** The lease of one stream. */
export interface StreamLease {
  /** Takes the lease, or renews it. Returns the limit that refuses the stream; null: it may stay open. Never throws. */
  take(): Promise<StreamRefusal | null>
  /** Releases the lease. Idempotent. */
  release(): void
}

/** The lease for a stream of `session` by the caller. Null: requests are not counted. */
export function streamLease(c: GatewayContext, session: string): StreamLease | null {
  if (readVariable(c.env, 'SOMA_RATE_LIMITS') === 'off') return null
  const { tenant, subject } = c.get('principal')
  const name = `${tenant}/stream/${subject}`
  const id = crypto.randomUUID()
  const { env, executionCtx } = c
  let isReleased = false
  const free = async () => {
    localLeases.get(name)?.release(id)
    // A lease that cannot be released ends by itself.
    await env.LIMITER.getByName(name)
      .releaseStream(id)
      .catch((error: unknown) => logger.write('limiter.unreachable', { error }))
  }
  return {
    async take() {
      const leases = localLeases.get(name) ?? new StreamLeases()
      localLeases.set(name, leases)
      let refusal = leases.take(id, session, Date.now())
      try {
        refusal = await withDeadline(env.LIMITER.getByName(name).leaseStream(id, session), limiterTimeoutMs)
      } catch (error) {
        logger.write('limiter.unreachable', { error })
      }
      // A stream that has closed meanwhile may have been released before it was leased.
      if (isReleased || refusal) await free()
      return refusal
    },
    release() {
      if (isReleased) return
      isReleased = true
      executionCtx.waitUntil(free())
    },
  }
}

/** The failure that reports the refusal of a stream. */
export const streamFailure = (per: StreamRefusal): Failure => ({
  kind: 'too_many_streams',
  per,
  limit: per === 'session' ? limits.subjectReaders : limits.subjectStreams,
  retryMs: streamRetryMs,
})
