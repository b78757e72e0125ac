/** The open streams of one subject. Each has a lease, which it renews. Pure: the caller passes the clock. */
import { limits } from '../api/limits.ts'

/** A lease that is not renewed ends by itself: the process of its stream has ended. Milliseconds. */
export const leaseMs = 180_000

/** Which limit refuses a stream: that of the subject in one session, or that of the subject in the tenant. Null: none does. */
export type StreamRefusal = 'session' | 'tenant'

interface Lease {
  readonly session: string
  readonly expiresAt: number
}

/** At most `limits.subjectStreams` leases, so each call costs as much at most. */
export class StreamLeases {
  readonly #leases = new Map<string, Lease>()

  /** Takes or renews the lease `id` for a stream of `session`. After the state was lost, a renewal takes the lease again if a slot is free. */
  take(id: string, session: string, now: number): StreamRefusal | null {
    for (const [other, { expiresAt }] of this.#leases) if (expiresAt <= now) this.#leases.delete(other)
    if (!this.#leases.has(id)) {
      if (this.#leases.size >= limits.subjectStreams) return 'tenant'
      let inSession = 0
      for (const lease of this.#leases.values()) if (lease.session === session) inSession += 1
      if (inSession >= limits.subjectReaders) return 'session'
    }
    this.#leases.set(id, { session, expiresAt: now + leaseMs })
    return null
  }

  release(id: string): void {
    this.#leases.delete(id)
  }
}
