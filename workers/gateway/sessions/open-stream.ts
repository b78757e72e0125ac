/** Opens a reader of a session, as an event stream or a WebSocket. */
import type { SessionId } from '../../../shared/ids.ts'
import { acceptedProtocol } from '../auth/cookies.ts'
import { isStillValid } from '../auth/credential-status.ts'
import type { GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { type StreamLease, streamFailure, streamLease } from '../limits/stream-limit.ts'
import { locate } from './locate.ts'
import { socketFrames, streamFrames } from './stream/reader-stream.ts'

/** The position and form of a stream. */
export interface StreamOptions {
  /** The cursor. Empty: the beginning. */
  readonly after: string
  readonly transport: 'sse' | 'websocket'
  /** The stream ends after the end of this turn. */
  readonly until?: string
  /** Whether the policy still allows the read. */
  readonly reauthorize: () => Promise<boolean>
  /** Further headers of an event stream. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Pauses after a probe for lost readers, until the lease is tried again. Milliseconds. */
const probePausesMs = [50, 150, 300] as const

/**
 * Takes the lease of a stream. The next write detects a client that has left an idle session. So a full session is probed first.
 */
async function takeLease(lease: StreamLease, session: NonNullable<ReturnType<typeof locate>>, owner: string) {
  let refusal = await lease.take()
  for (const pauseMs of probePausesMs) {
    if (refusal !== 'session') break
    // An object of an earlier release has no probe.
    await session.probeReaders(owner).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    refusal = await lease.take()
  }
  return refusal
}

/** A stream of the frames of session `id` after the cursor, or a problem. It checks its right to read about once per second. */
export async function openStream(c: GatewayContext, id: SessionId | string, options: StreamOptions) {
  const session = locate(c, id)
  if (!session) return problem(c, { kind: 'not_found' })
  const subject = c.get('sessionOwner')
  const { expiresAt, subject: reader } = c.get('principal')
  const lease = streamLease(c, id)
  // A message has been accepted already, so its stream is not refused with a status. It starts, and the lease may end it.
  const needsLease = options.until === undefined
  const opened = Promise.all([session.read(subject, options.after, true), needsLease && lease ? takeLease(lease, session, subject) : null])
  const [first, refusal] = await opened.catch((error) => {
    lease?.release()
    throw error
  })
  if (!first.ok || refusal) {
    lease?.release()
    return problem(c, refusal ? streamFailure(refusal) : first.ok ? { kind: 'not_found' } : first.error)
  }
  const request = {
    stub: () => locate(c, id) ?? session,
    subject,
    reader: lease && reader,
    lease,
    isLeased: needsLease,
    first: first.value,
    expiresAt,
    isAuthorized: async () => (await isStillValid(c)) && (await options.reauthorize()),
    requestId: c.get('requestId'),
    until: options.until,
    headers: options.headers,
  }
  // A stream has no JSON type for the route's description.
  return (options.transport === 'sse' ? streamFrames(request) : socketFrames({ ...request, protocol: acceptedProtocol(c) })) as never
}
