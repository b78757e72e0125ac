/** The list of conversations: the server's order, our own changes at once, and the other tabs' soon after. */
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import { api } from './api.ts'
import { signedOut } from './auth.ts'
import { signal } from './signal.ts'
import { isStatus, toUserError, type UserError } from './user-error.ts'

export interface Sessions {
  readonly kind: 'loading' | 'ready' | 'failed'
  readonly list: readonly SessionSummary[]
  readonly nextCursor: string | null
  readonly trouble?: UserError
}

export const sessions = signal<Sessions>({ kind: 'loading', list: [], nextCursor: null })

const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('soma.sessions')
tabs?.addEventListener('message', () => refreshSoon())

const pageSize = 100
let timer: ReturnType<typeof setTimeout> | undefined

/** Asks again shortly; many reasons at once make one question. */
export function refreshSoon(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void refresh(), 250)
}

export async function refresh(): Promise<void> {
  try {
    const limit = Math.max(pageSize, Math.min(sessions.get().list.length, 500))
    const page = await api.listSessions({ limit })
    sessions.set({ kind: 'ready', list: page.sessions, nextCursor: page.next_cursor })
  } catch (error) {
    if (isStatus(error, 401)) return signedOut()
    sessions.set((before) => (before.kind === 'ready' ? before : { ...before, kind: 'failed', trouble: toUserError(error) }))
  }
}

export async function loadMore(): Promise<void> {
  const { nextCursor } = sessions.get()
  if (nextCursor === null) return
  const page = await api.listSessions({ limit: pageSize, cursor: nextCursor })
  sessions.set((before) => {
    const had = new Set(before.list.map((session) => session.session_id))
    return { kind: 'ready', list: [...before.list, ...page.sessions.filter((s) => !had.has(s.session_id))], nextCursor: page.next_cursor }
  })
}

/** Something changed here: the other tabs should look, and so should we. */
export function changed(): void {
  tabs?.postMessage('changed')
  refreshSoon()
}

const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** The title a session gets from its first message: the first 60 characters as people count them. */
const titled = (text: string): string =>
  Array.from(segments.segment(text.slice(0, 1_000)), (part) => part.segment)
    .slice(0, 60)
    .join('')
    .trim()

/** A message was sent: its session goes to the top at once, new or not. */
export function touched(sessionId: string, text: string, state: SessionSummary['state']): void {
  const at = Date.now()
  sessions.set((before) => {
    const known = before.list.find((session) => session.session_id === sessionId)
    const top: SessionSummary = known
      ? { ...known, state, updated_at: at }
      : { session_id: sessionId, title: titled(text), state, created_at: at, updated_at: at, last_turn_id: null }
    return { ...before, list: [top, ...before.list.filter((session) => session !== known)] }
  })
}

const replace = (sessionId: string, change: Partial<SessionSummary>) =>
  sessions.set((before) => ({
    ...before,
    list: before.list.map((session) => (session.session_id === sessionId ? { ...session, ...change } : session)),
  }))

/** Shows the new title at once and takes it back if the server refuses. */
export async function rename(sessionId: string, title: string): Promise<void> {
  const before = sessions.get().list.find((session) => session.session_id === sessionId)?.title
  replace(sessionId, { title })
  try {
    await api.renameSession(sessionId, title)
    changed()
  } catch (error) {
    if (before !== undefined) replace(sessionId, { title: before })
    throw error
  }
}

export async function remove(sessionId: string): Promise<void> {
  await api.deleteSession(sessionId)
  sessions.set((before) => ({ ...before, list: before.list.filter((session) => session.session_id !== sessionId) }))
  changed()
}
