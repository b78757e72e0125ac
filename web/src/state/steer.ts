/** What can be done with a whole conversation, on the screen or not. */
import type { QuickAction } from '../../../shared/session/quick-action.ts'
import { api } from './api.ts'
import { attempt } from './attempt.ts'
import { metadata } from './outbox.ts'
import { changed } from './sessions.ts'

/** While paused nothing new is begun; messages are taken, and wait. */
export async function pauseSession(sessionId: string, paused: boolean): Promise<void> {
  await attempt(paused ? 'Not paused.' : 'Not resumed.', () => api.pauseSession(sessionId, paused))
  changed()
}

/** Clears the thread and the assistant's memory of it; what was said stays on its branch. */
export async function resetSession(sessionId: string): Promise<void> {
  await attempt('The conversation goes on as it was.', () => api.resetSession(sessionId))
}

/** Lets the assistant use a tool, or not. */
export async function decideCall(sessionId: string, callId: string, approved: boolean): Promise<void> {
  await attempt('Not decided.', () => api.decideCall(sessionId, callId, approved))
}

/** Asks with a click. */
export async function act(sessionId: string, action: QuickAction): Promise<void> {
  await attempt('Not asked.', () => api.act(sessionId, action, { metadata: metadata() }))
}
