/** Saves the newest conversations of the signed-in user. One tab at a time, and only what has changed. */
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import type { Me } from '../../../shared/api/sign-in.ts'
import { Thread } from '../../../shared/client/thread.ts'
import { pause } from '../../../shared/lib/timeout.ts'
import { api } from '../state/api.ts'
import { auth } from '../state/auth.ts'
import { openConversation } from '../state/conversation.ts'
import { sessions } from '../state/sessions.ts'
import { sharedSessions } from '../state/shared.ts'
import { keepOffline } from './choices.ts'
import { newestSessions, turnsToStore } from './copy.ts'
import { eraseCopy, keepOnly, listCopies, openFor, putCopy } from './store.ts'

/** The pause after a change of the list, and between two conversations. */
const settleMs = 3_000
const gapMs = 100
/** Pages of a log, of 500 events. A longer conversation is saved while it is open. */
const maxPages = 4

let timer: ReturnType<typeof setTimeout> | undefined
let started = false

/** Saves now and after each change of the lists. */
export function startSync(): void {
  syncSoon()
  if (started) return
  started = true
  let known = idsOf()
  const onList = () => {
    const ids = idsOf()
    // Deleted, archived or no longer shared: the copy goes at once.
    for (const id of known) if (!ids.has(id)) void eraseCopy(id).catch(() => undefined)
    known = ids
    syncSoon()
  }
  sessions.subscribe(onList)
  sharedSessions.subscribe(onList)
  auth.subscribe(syncSoon)
}

const idsOf = () => new Set([...sessions.get().list, ...sharedSessions.get()].map(({ session_id }) => session_id))

function syncSoon(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void navigator.locks?.request('soma.offline', sync).catch(() => undefined), settleMs)
}

/** The user whose conversations may be saved now. Null: no one. */
function currentUser(): Me | null {
  const user = auth.get()
  return keepOffline.get() && user.kind === 'in' && !user.me.needs_mfa ? user.me : null
}

async function sync(): Promise<void> {
  const me = currentUser()
  if (me === null) return
  const [{ sessions: own }, { sessions: shared }] = await Promise.all([api.listSessions({ limit: 20 }), api.sharedSessions()])
  // Meanwhile the user may have signed out.
  if (currentUser() !== me) return
  await openFor(me)
  const wanted = newestSessions(own, shared)
  await keepOnly(me, wanted)
  const savedUpTo = new Map((await listCopies(me)).map(({ session }) => [session.session_id, session.updated_at]))
  for (const session of wanted) {
    if (savedUpTo.get(session.session_id) === session.updated_at) continue
    const thread = openThread(session) ?? (await readThread(session.session_id))
    if (currentUser() !== me) return
    if (thread === null) continue
    const turns = thread.path.flatMap((id) => thread.turns.get(id) ?? [])
    await putCopy(me, { session, savedAt: Date.now(), turns: turnsToStore(turns) })
    await pause(gapMs).done
  }
}

/** The thread of a conversation that this tab has read up to its last turn. */
function openThread({ session_id, last_turn_id }: SessionSummary): Thread | null {
  const store = openConversation(session_id)?.store
  if (store === undefined || store.outline().phase.kind !== 'ready' || last_turn_id === null) return null
  return (store.turn(last_turn_id)?.outcome ?? null) === null ? null : store.thread
}

/** Reads the log. Null: it is too long, or gone. */
async function readThread(sessionId: string): Promise<Thread | null> {
  const thread = new Thread()
  for (let page = 0; page < maxPages; page += 1) {
    const { events, next_cursor } = await api.events(sessionId, { after: String(thread.seq), limit: 500 })
    for (const event of events) thread.apply(event)
    if (next_cursor === null) return thread
  }
  return null
}
