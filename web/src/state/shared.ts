/** The conversations that others share with the user, and one that the user opened by its link. */
import type { SessionSummary, SharedAccess, SharedSessionList } from '../../../shared/api/sessions.ts'
import { api } from './api.ts'
import { sessions } from './sessions.ts'
import { unreadIds, withIds } from './share-marks.ts'
import { type Signal, signal } from './signal.ts'
import { load, save } from './storage.ts'

export type SharedSession = SharedSessionList['sessions'][number]

export const sharedSessions: Signal<readonly SharedSession[]> = signal<readonly SharedSession[]>([])

const isShared = (summary: SessionSummary): summary is SharedSession => summary.access !== undefined && summary.owner !== undefined

/** Which shared sessions the user was notified of, and which they have opened. */
const notifiedKey = 'soma.shared'
const openedKey = 'soma.shared.opened'
const isIds = (value: unknown): value is string[] => Array.isArray(value) && value.every((id) => typeof id === 'string')
const idsOf = (list: readonly SharedSession[]): readonly string[] => list.map(({ session_id }) => session_id)

/** The shared sessions that the user has not opened yet. */
export const unreadShares: Signal<ReadonlySet<string>> = signal<ReadonlySet<string>>(new Set())

const showUnread = (): void => {
  // An earlier release kept only which sessions it notified of.
  const opened = load(openedKey, isIds) ?? load(notifiedKey, isIds) ?? []
  unreadShares.set(unreadIds(idsOf(sharedSessions.get()), opened))
}
// Another tab has opened a session.
if (typeof window !== 'undefined') window.addEventListener('storage', ({ key }) => key === openedKey && showUnread())

/** Loads the list. A failed load keeps the one before. `onNew`: called for the newest session that the user was not notified of. */
export async function refreshShared(onNew: (session: SharedSession) => void): Promise<void> {
  const { sessions: list } = await api.sharedSessions().catch(() => ({ sessions: null }))
  if (list === null) return
  sharedSessions.set(list)
  const notified = load(notifiedKey, isIds) ?? []
  if (load(openedKey, isIds) === null) save(openedKey, notified)
  showUnread()
  const fresh = list.find(({ session_id }) => !notified.includes(session_id))
  if (fresh === undefined) return
  save(notifiedKey, withIds(notified, idsOf(list)))
  onNew(fresh)
}

/** The user has opened a shared session. */
export function markShareOpened(sessionId: string): void {
  const opened = load(openedKey, isIds) ?? load(notifiedKey, isIds) ?? []
  if (!opened.includes(sessionId)) save(openedKey, withIds(opened, [sessionId]))
  showUnread()
}

/** Looks up a session that is in no list: a group may share it. */
export async function lookUpShared(sessionId: string): Promise<void> {
  const isListed = (list: readonly SessionSummary[]) => list.some(({ session_id }) => session_id === sessionId)
  if (isListed(sessions.get().list) || isListed(sharedSessions.get())) return
  const summary = await api.getSession(sessionId).catch(() => null)
  if (summary !== null && isShared(summary)) sharedSessions.set((list) => (isListed(list) ? list : [summary, ...list]))
}

export type Access = SharedAccess | 'owner'
const levels: readonly Access[] = ['viewer', 'member', 'admin', 'owner']

/** Whether `access` includes all that `needed` may do. */
export const may = (access: Access, needed: Access): boolean => levels.indexOf(access) >= levels.indexOf(needed)

/** The access that each shared session had when it was last listed. A session that is no longer shared is still not the user's own. */
const lastAccess = new Map<string, SharedAccess>()
sharedSessions.subscribe(() => {
  for (const { session_id, access } of sharedSessions.get()) lastAccess.set(session_id, access)
})

export const accessTo = (sessionId: string): Access => lastAccess.get(sessionId) ?? 'owner'
