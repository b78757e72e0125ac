/** Actions on a session, whether or not it is on the screen. Failures show a toast. */
import type { QuickAction } from '../../../shared/session/quick-action.ts'
import { api } from './api.ts'
import { metadata } from './outbox.ts'
import { changed } from './sessions.ts'
import { withErrorToast } from './with-error-toast.ts'

/** Pauses or resumes a session. A paused session accepts messages and starts no turn. */
export async function pauseSession(sessionId: string, paused: boolean): Promise<void> {
  await withErrorToast(paused ? 'Not paused.' : 'Not resumed.', () => api.pauseSession(sessionId, paused))
  changed()
}

/** Starts an empty branch. Earlier messages stay on their own branch. */
export async function resetSession(sessionId: string): Promise<void> {
  await withErrorToast('The conversation was not reset.', () => api.resetSession(sessionId))
}

/** Approves or declines a tool call. */
export async function decideCall(sessionId: string, callId: string, approved: boolean): Promise<void> {
  await withErrorToast('Not decided.', () => api.decideCall(sessionId, callId, approved))
}

/** Runs a quick action, such as a summary, as a new turn. */
export async function runQuickAction(sessionId: string, action: QuickAction): Promise<void> {
  await withErrorToast('The action did not start.', () => api.act(sessionId, action, { metadata: metadata() }))
}
