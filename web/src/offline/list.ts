/** Shows the saved conversations in the list while the server cannot be reached. */
import type { Me } from '../../../shared/api/sign-in.ts'
import { sessions } from '../state/sessions.ts'
import { type SharedSession, sharedSessions } from '../state/shared.ts'
import { listCopies } from './store.ts'

export async function listSaved(me: Me): Promise<void> {
  const saved = (await listCopies(me)).map(({ session }) => session)
  const isShared = (session: (typeof saved)[number]): session is SharedSession =>
    session.access !== undefined && session.owner !== undefined
  // The server's own list may have come first.
  if (sessions.get().kind === 'ready') return
  sharedSessions.set(saved.filter(isShared))
  sessions.set({ kind: 'ready', list: saved.filter((session) => !isShared(session)), nextCursor: null })
}
