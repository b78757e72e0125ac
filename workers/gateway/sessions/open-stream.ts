/** Opens a reader of a session, as an event stream or a WebSocket. */
import type { SessionId } from '../../../shared/ids.ts'
import { acceptedProtocol } from '../auth/cookies.ts'
import { isStillValid } from '../auth/credential-status.ts'
import type { GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { locate } from './locate.ts'
import { socketFrames, streamFrames } from './stream/reader-stream.ts'

export interface StreamOptions {
  /** The cursor. Empty: the beginning. */
  readonly after: string
  readonly over: 'sse' | 'websocket'
  /** The stream ends after the end of this turn. */
  readonly until?: string
  /** Whether the policy still allows the read. */
  readonly reauthorize: () => Promise<boolean>
  /** Further headers of an event stream. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A stream of the frames of session `id` after the cursor, or a problem. It checks its right to read about once per second. */
export async function openStream(c: GatewayContext, id: SessionId | string, options: StreamOptions) {
  const session = locate(c, id)
  if (!session) return problem(c, { kind: 'not_found' })
  const subject = c.get('sessionOwner')
  const { expiresAt } = c.get('principal')
  const first = await session.read(subject, options.after, true)
  if (!first.ok) return problem(c, first.error)
  const request = {
    stub: () => locate(c, id) ?? session,
    subject,
    first: first.value,
    expiresAt,
    isAuthorized: async () => (await isStillValid(c)) && (await options.reauthorize()),
    requestId: c.get('requestId'),
    until: options.until,
    headers: options.headers,
  }
  // A stream has no JSON type for the route's description.
  return (options.over === 'sse' ? streamFrames(request) : socketFrames({ ...request, protocol: acceptedProtocol(c) })) as never
}
