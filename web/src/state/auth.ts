/** Who is signed in. When a session expires, the page and its drafts stay under the sign-in dialog. */
import type { AuthMethods, Me } from '../../../shared/api/sign-in.ts'
import { Unreachable } from '../../../shared/client/errors.ts'
import { api } from './api.ts'
import { eraseSaved, savedUser } from './saved.ts'
import { signal } from './signal.ts'
import { removeUserData } from './storage.ts'
import { isStatus, toUserError, type UserError } from './user-error.ts'

export type Auth =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable'; readonly error: UserError }
  | { readonly kind: 'out'; readonly methods: AuthMethods }
  /** The session ended while the page was open. */
  | { readonly kind: 'expired'; readonly me: Me; readonly methods: AuthMethods }
  | { readonly kind: 'in'; readonly me: Me }
  /** The server cannot be reached. The user may read what is saved in this browser. */
  | { readonly kind: 'offline'; readonly me: Me }

export const auth = signal<Auth>({ kind: 'unknown' })

const never = () => new Promise<never>(() => undefined)
/** Pending from a sign-out on. Settles if it fails; otherwise the page goes away. */
let pendingSignOut: Promise<unknown> = Promise.resolve()

const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('soma.auth')
tabs?.addEventListener('message', ({ data }) => {
  // The user signed out in another tab, so this tab must not show their data.
  if (data === 'out') {
    pendingSignOut = never()
    location.assign('/')
  } else void checkAuth()
})

/** Asks the server who is signed in. */
export async function checkAuth(): Promise<void> {
  try {
    const me = await api.me()
    const before = auth.get()
    // The page shows what is saved for another user.
    if (before.kind === 'offline' && (before.me.subject !== me.subject || before.me.tenant !== me.tenant)) return startAgain()
    auth.set({ kind: 'in', me })
  } catch (error) {
    if (isStatus(error, 401)) return auth.get().kind === 'offline' ? startAgain() : signedOut()
    const me = error instanceof Unreachable ? await savedUser() : null
    auth.set((before) => {
      if ('me' in before) return before
      return me === null ? { kind: 'unavailable', error: toUserError(error) } : { kind: 'offline', me }
    })
  }
}

/** Leaves a page that shows what is saved, and erases that. */
async function startAgain(): Promise<void> {
  await eraseSaved()
  location.assign('/')
}

/** Call after a 401: shows the sign-in page or, over an open page, the sign-in dialog. A page that goes away shows neither. */
export async function signedOut(): Promise<void> {
  void eraseSaved()
  const methods = await api.authMethods().catch((): AuthMethods => ({ dev: false, oidc: null }))
  await pendingSignOut
  auth.set((before) =>
    before.kind === 'in' || before.kind === 'expired' ? { kind: 'expired', me: before.me, methods } : { kind: 'out', methods },
  )
}

/** Signs in on a development server. Resolves to `code` when a second factor is needed first. */
export async function signIn(): Promise<'in' | 'code'> {
  const before = auth.get()
  // After an expired session the same user signs in: the page shows their data.
  const as = before.kind === 'expired' ? { subject: before.me.subject, tenant: before.me.tenant } : {}
  const answer = await api.devSignIn(as)
  if ('challenge' in answer) return 'code'
  completeSignIn(answer)
  return 'in'
}

/** Call after a sign-in: shows the app here and updates the other tabs. */
export function completeSignIn(me: Me): void {
  auth.set({ kind: 'in', me })
  tabs?.postMessage('in')
}

/** Signs out in this browser. */
export const signOut = (): Promise<void> => finishSignOut(api.signOut())

/** After `signOut`, removes the user's data from this browser. Every tab goes to the address that it returns. */
export async function finishSignOut(signOut: Promise<string | null>): Promise<void> {
  pendingSignOut = signOut.then(never, () => undefined)
  // Also after a failure: the user wants nothing to stay here.
  const address = await signOut.finally(eraseSaved)
  removeUserData()
  tabs?.postMessage('out')
  location.assign(address ?? '/')
}
