/** The list of sessions in the server's order. Changes of this tab show at once, those of other tabs soon after. */
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import { firstSentence, plainTitle } from '../../../shared/session/plain-title.ts'
import { api } from './api.ts'
import { signedOut } from './auth.ts'
import { signal } from './signal.ts'
import { isStatus, toUserError, type UserError } from './user-error.ts'

export interface Sessions {
  readonly kind: 'loading' | 'ready' | 'failed'
  readonly list: readonly SessionSummary[]
  readonly nextCursor: string | null
  readonly error?: UserError
}

export const sessions = signal<Sessions>({ kind: 'loading', list: [], nextCursor: null })

const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('soma.sessions')
tabs?.addEventListener('message', () => refreshSoon())

const pageSize = 100
let timer: ReturnType<typeof setTimeout> | undefined

/** Refreshes after 250 ms; calls within that time make one request. */
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
    sessions.set((before) => (before.kind === 'ready' ? before : { ...before, kind: 'failed', error: toUserError(error) }))
  }
}

export async function loadMore(): Promise<void> {
  const { nextCursor } = sessions.get()
  if (nextCursor === null) return
  const page = await api.listSessions({ limit: pageSize, cursor: nextCursor })
  sessions.set((before) => {
    const knownIds = new Set(before.list.map((session) => session.session_id))
    return {
      kind: 'ready',
      list: [...before.list, ...page.sessions.filter((s) => !knownIds.has(s.session_id))],
      nextCursor: page.next_cursor,
    }
  })
}

/** Call after a change: refreshes the list here and in the other tabs. */
export function changed(): void {
  tabs?.postMessage('changed')
  refreshSoon()
}

const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** A title from the first message: its first sentence in at most 60 graphemes, as the server makes it. */
const titleOf = (text: string): string =>
  Array.from(segments.segment(firstSentence(plainTitle(text.slice(0, 1_000).replace(/\s+/gu, ' ').trim()))), (part) => part.segment)
    .slice(0, 60)
    .join('')
    .trim()

/** Moves the session of a message to the top of the list. `isNew`: this tab has created it. The server lists all others. */
export function moveToTop(sessionId: string, text: string, state: SessionSummary['state'], isNew: boolean): void {
  const at = Date.now()
  sessions.set((before) => {
    const listed = before.list.find((session) => session.session_id === sessionId)
    if (listed === undefined && !isNew) return before
    const top: SessionSummary = listed
      ? { ...listed, state, updated_at: at }
      : { session_id: sessionId, title: titleOf(text), state, created_at: at, updated_at: at, last_turn_id: null }
    return { ...before, list: [top, ...before.list.filter((session) => session !== listed)] }
  })
}

/** Changes a session of the list on the screen. */
export const replace = (sessionId: string, change: Partial<SessionSummary>) =>
  sessions.set((before) => ({
    ...before,
    list: before.list.map((session) => (session.session_id === sessionId ? { ...session, ...change } : session)),
  }))

/** Shows the new title at once and restores the old one when the server refuses. Rejects with that error. */
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

/** Removes a session from the list on the screen. */
export const unlist = (sessionId: string): void =>
  sessions.set((before) => ({ ...before, list: before.list.filter((session) => session.session_id !== sessionId) }))
