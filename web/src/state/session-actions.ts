/** Actions on a session, whether or not it is on the screen. Failures show a toast. */
import type { QuickAction } from '../../../shared/session/quick-action.ts'
import { returnToComposer } from '../navigation/go.ts'
import { state } from '../strings/state.ts'
import { api } from './api.ts'
import { metadata } from './outbox.ts'
import { changed } from './sessions.ts'
import { withErrorToast } from './with-error-toast.ts'

/** Pauses or resumes a session. A paused session accepts messages and starts no turn. */
export async function pauseSession(sessionId: string, paused: boolean): Promise<void> {
  await withErrorToast(paused ? state.failed.pause : state.failed.resume, () => api.pauseSession(sessionId, paused))
  changed()
}

/** Starts an empty branch, and focuses the composer. Earlier messages stay on their own branch. */
export async function resetSession(sessionId: string): Promise<void> {
  await withErrorToast(state.failed.clearContext, () => api.resetSession(sessionId))
  returnToComposer()
}

/** Runs a quick action, such as a summary, as a new turn. */
export async function runQuickAction(sessionId: string, action: QuickAction): Promise<void> {
  await withErrorToast(state.failed.quickAction, () => api.act(sessionId, action, { metadata: metadata() }))
}
