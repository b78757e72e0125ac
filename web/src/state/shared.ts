/** The conversations that others share with the user, and one that the user opened by its link. */
import type { SessionSummary, SharedAccess, SharedSessionList } from '../../../shared/api/sessions.ts'
import { api } from './api.ts'
import { sessions } from './sessions.ts'
import { type Signal, signal } from './signal.ts'
import { load, save } from './storage.ts'

export type SharedSession = SharedSessionList['sessions'][number]

export const sharedSessions: Signal<readonly SharedSession[]> = signal<readonly SharedSession[]>([])

const isShared = (summary: SessionSummary): summary is SharedSession => summary.access !== undefined && summary.owner !== undefined

/** Which shared sessions the user was told of. */
const key = 'soma.shared'
const isIds = (value: unknown): value is string[] => Array.isArray(value) && value.every((id) => typeof id === 'string')

/** Loads the list. A failed load keeps the one before. `onNew`: called for the newest session that the user was not told of. */
export async function refreshShared(onNew: (session: SharedSession) => void): Promise<void> {
  const { sessions: list } = await api.sharedSessions().catch(() => ({ sessions: null }))
  if (list === null) return
  sharedSessions.set(list)
  const told = load(key, isIds) ?? []
  const fresh = list.find(({ session_id }) => !told.includes(session_id))
  if (fresh === undefined) return
  save(
    key,
    list.map(({ session_id }) => session_id),
  )
  onNew(fresh)
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

export const accessTo = (sessionId: string): Access =>
  sharedSessions.get().find(({ session_id }) => session_id === sessionId)?.access ?? 'owner'
