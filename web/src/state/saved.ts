/** Access to what is saved in this browser. Its code loads when it is needed. Without storage, nothing is saved. No function rejects. */
import type { Me } from '../../../shared/api/sign-in.ts'
import type { Turn } from '../../../shared/client/turn.ts'
import { timedOut, withTimeout } from '../../../shared/lib/timeout.ts'

const load = () => import('../offline/store.ts')

/** How long the page waits for the storage, and for its code from a server that does not respond. Milliseconds. */
const waitMs = 3_000

/** The value of `reading`. Null: it failed, or takes too long. */
async function soon<T>(reading: Promise<T>): Promise<T | null> {
  const value = await withTimeout(
    reading.catch(() => null),
    waitMs,
  )
  return value === timedOut ? null : value
}

/** The user whose copies may be read without a network. Null: there is none. */
export const savedUser = (): Promise<Me | null> => soon(load().then(({ readOwner }) => readOwner(Date.now())))

/** Erases the copies of this browser. */
export async function eraseSaved(): Promise<void> {
  await soon(load().then(({ eraseAll }) => eraseAll()))
}

/** The saved copy of a session of `me`. Null: there is none. */
export const savedCopy = (me: Me, sessionId: string): Promise<{ readonly turns: readonly Turn[]; readonly savedAt: number } | null> =>
  soon(readSaved(me, sessionId))

async function readSaved(me: Me, sessionId: string) {
  const [{ readCopy }, { storedTurns }] = await Promise.all([load(), import('../offline/copy.ts')])
  const copy = await readCopy(me, sessionId)
  const turns = copy === null ? null : storedTurns(copy.turns)
  return copy === null || turns === null ? null : { turns, savedAt: copy.savedAt }
}
