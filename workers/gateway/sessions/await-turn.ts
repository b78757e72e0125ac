/** Waits for the end of a turn. The session's object answers; after a restart of the object, the gateway asks again. */
import type { TurnView } from '../../../shared/api/turns.ts'
import { pause } from '../../../shared/lib/timeout.ts'
import { lacksMethod } from '../../../shared/older-release.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { locate } from './locate.ts'

/** Attempts at an object that fails, and the delay before the next one. Milliseconds. */
const maxAttempts = 5
const retryMs = 250

/** The turn, when it has ended or after `waitMs`. Null: the object's release does not know single turns yet. */
export async function awaitTurn(
  c: GatewayContext,
  session: string,
  turnId: string,
  waitMs: number,
): Promise<Result<TurnView, Failure> | null> {
  const deadline = Date.now() + waitMs
  for (let attempt = 1; ; attempt += 1) {
    // A stub that failed may stay broken.
    const stub = locate(c, session)
    if (!stub) return { ok: false, error: { kind: 'not_found' } }
    try {
      return await stub.turn(c.get('sessionOwner'), turnId, Math.max(0, deadline - Date.now()))
    } catch (error) {
      if (lacksMethod(error)) return null
      if (attempt === maxAttempts) throw error
      await pause(retryMs * attempt).done
    }
  }
}
