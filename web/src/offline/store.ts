/**
 * The saved conversations of one user, in IndexedDB. The stored principal is the only owner of what is stored: each write and each
 * read names the user in the same transaction, so nothing that is late reaches another one.
 */
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import type { Me } from '../../../shared/api/sign-in.ts'
import { beyondSize, type Copy } from './copy.ts'

const name = 'soma.offline'
const ownerKey = 'owner'

type Owner = Pick<Me, 'tenant' | 'subject'>
const isSame = (a: Owner | undefined, b: Owner): boolean => a !== undefined && a.tenant === b.tenant && a.subject === b.subject

let opening: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('owner')
      request.result.createObjectStore('copies', { keyPath: 'session.session_id' })
    }
    request.onsuccess = () => {
      // Another tab deletes the database.
      request.result.onversionchange = () => {
        request.result.close()
        opening = null
      }
      resolve(request.result)
    }
    request.onerror = () => reject(request.error)
  }).catch((error: unknown) => {
    opening = null
    throw error
  })
  return opening
}

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })

/** Runs `work` in one transaction, with the stored owner. */
async function inTransaction<T>(
  mode: IDBTransactionMode,
  work: (stores: { readonly owner: Me | undefined; readonly owners: IDBObjectStore; readonly copies: IDBObjectStore }) => Promise<T>,
): Promise<T> {
  const transaction = (await open()).transaction(['owner', 'copies'], mode)
  const finished = done(transaction)
  // Work that fails reports its own error.
  void finished.catch(() => undefined)
  const owners = transaction.objectStore('owner')
  const owner: Me | undefined = await result(owners.get(ownerKey))
  const value = await work({ owner, owners, copies: transaction.objectStore('copies') })
  await finished
  return value
}

/** Makes `me` the owner. What another user left is erased. */
export const openFor = (me: Me): Promise<void> =>
  inTransaction('readwrite', async ({ owner, owners, copies }) => {
    if (!isSame(owner, me)) copies.clear()
    owners.put(me, ownerKey)
  })

/** The user who may read the copies at `now` (Unix ms). Null: no one, or the sign-in has ended. */
export const readOwner = (now: number): Promise<Me | null> =>
  inTransaction('readonly', async ({ owner }) => (owner !== undefined && owner.expires_at > now ? owner : null))

/** The stored copies of `me`, newest first. */
export const listCopies = (me: Owner): Promise<Copy[]> =>
  inTransaction('readonly', async ({ owner, copies }) => {
    if (!isSame(owner, me)) return []
    const all: Copy[] = await result(copies.getAll())
    return all.toSorted((a, b) => b.session.updated_at - a.session.updated_at)
  })

export const readCopy = (me: Owner, sessionId: string): Promise<Copy | null> =>
  inTransaction('readonly', async ({ owner, copies }) => (isSame(owner, me) ? ((await result(copies.get(sessionId))) ?? null) : null))

/** Stores a copy, unless the owner has changed. The oldest copies make room. */
export const putCopy = (me: Owner, copy: Copy): Promise<void> =>
  inTransaction('readwrite', async ({ owner, copies }) => {
    if (!isSame(owner, me)) return
    await result(copies.put(copy))
    const all: Copy[] = await result(copies.getAll())
    const bySize = all
      .toSorted((a, b) => b.session.updated_at - a.session.updated_at)
      .map(({ session, turns }) => ({ id: session.session_id, units: turns.length }))
    for (const id of beyondSize(bySize)) copies.delete(id)
  })

/** Erases every copy that is not of one of `sessions`, and updates the titles of the others. */
export const keepOnly = (me: Owner, sessions: readonly SessionSummary[]): Promise<void> =>
  inTransaction('readwrite', async ({ owner, copies }) => {
    if (!isSame(owner, me)) return
    const wanted = new Map(sessions.map((session) => [session.session_id, session]))
    for (const copy of (await result(copies.getAll())) as Copy[]) {
      const session = wanted.get(copy.session.session_id)
      if (session === undefined) copies.delete(copy.session.session_id)
      // The stored time of change says up to where the turns were read.
      else copies.put({ ...copy, session: { ...session, updated_at: copy.session.updated_at } })
    }
  })

export const eraseCopy = (sessionId: string): Promise<void> =>
  inTransaction('readwrite', async ({ copies }) => void copies.delete(sessionId))

/** Erases the copies and their owner. */
export const eraseAll = (): Promise<void> =>
  inTransaction('readwrite', async ({ owners, copies }) => {
    owners.clear()
    copies.clear()
  })
