/** A hidden tab has no stream, so it asks at intervals whether its answer has ended. */
import { ApiError } from '../../../shared/client/errors.ts'
import { exponential } from '../../../shared/lib/backoff.ts'
import { pause } from '../../../shared/lib/timeout.ts'
import { api } from '../state/api.ts'
import type { Conversation } from '../state/conversation.ts'
import { notifyOfAnswer } from './notification.ts'

const firstPollMs = 2_000
const maxPollMs = 30_000

/** Resolves to whether the turn ended before `stop` aborted. Tells a user who wants to know. */
export async function hasEnded({ id }: Conversation, turnId: string, stop: AbortSignal): Promise<boolean> {
  for (let poll = 1; !stop.aborted; poll += 1) {
    await pause(exponential(poll, firstPollMs, maxPollMs), stop).done
    if (stop.aborted) return false
    try {
      const turn = await api.turn(id, turnId, { signal: stop })
      if (turn.status === 'waiting' || turn.status === 'running') continue
      if (stop.aborted) return false
      void notifyOfAnswer(id, turn).catch(() => undefined)
      return true
    } catch (error) {
      if (error instanceof ApiError && !error.transient) return false
    }
  }
  return false
}
