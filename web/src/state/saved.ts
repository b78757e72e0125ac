/** Access to what is saved in this browser. Its code loads when it is needed. Without storage, nothing is saved. */
import type { Me } from '../../../shared/api/sign-in.ts'
import type { Turn } from '../../../shared/client/thread.ts'
import { withTimeout } from '../../../shared/lib/timeout.ts'

const load = () => import('../offline/store.ts')

/** The user whose copies may be read without a network. Null: there is none. */
export const savedUser = (): Promise<Me | null> =>
  load()
    .then(({ readOwner }) => readOwner(Date.now()))
    .catch(() => null)

/** How long a sign-out waits for the storage. Milliseconds. */
const eraseMs = 3_000

/** Erases the copies of this browser. Never rejects. */
export async function eraseSaved(): Promise<void> {
  const erased = load()
    .then(({ eraseAll }) => eraseAll())
    .catch(() => undefined)
  await withTimeout(erased, eraseMs)
}

/** The saved copy of a session of `me`. Null: there is none. */
export async function savedCopy(me: Me, sessionId: string): Promise<{ readonly turns: readonly Turn[]; readonly savedAt: number } | null> {
  try {
    const [{ readCopy }, { storedTurns }] = await Promise.all([load(), import('../offline/copy.ts')])
    const copy = await readCopy(me, sessionId)
    const turns = copy === null ? null : storedTurns(copy.turns)
    return copy === null || turns === null ? null : { turns, savedAt: copy.savedAt }
  } catch {
    return null
  }
}
