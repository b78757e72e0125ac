/** Who is signed in. Losing a session is not leaving: the page stays as it is underneath, with its drafts. */
import type { AuthMethods, Me } from '../../../shared/api/sessions.ts'
import { api } from './api.ts'
import { signal } from './signal.ts'
import { forgetPerson } from './storage.ts'
import { isStatus, toUserError, type UserError } from './user-error.ts'

export type Auth =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable'; readonly trouble: UserError }
  | { readonly kind: 'out'; readonly methods: AuthMethods }
  /** Was signed in until just now. */
  | { readonly kind: 'expired'; readonly me: Me; readonly methods: AuthMethods }
  | { readonly kind: 'in'; readonly me: Me }

export const auth = signal<Auth>({ kind: 'unknown' })

const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('soma.auth')
tabs?.addEventListener('message', ({ data }) => {
  // Somebody left on purpose: what this tab shows is theirs, and goes too.
  if (data === 'out') location.assign('/')
  else void checkAuth()
})

/** Asks the server who we are. */
export async function checkAuth(): Promise<void> {
  try {
    auth.set({ kind: 'in', me: await api.me() })
  } catch (error) {
    if (isStatus(error, 401)) return signedOut()
    if (auth.get().kind !== 'in') auth.set({ kind: 'unavailable', trouble: toUserError(error) })
  }
}

/** The server said 401. */
export async function signedOut(): Promise<void> {
  const methods = await api.authMethods().catch((): AuthMethods => ({ dev: false, oidc: null }))
  auth.set((before) =>
    before.kind === 'in' || before.kind === 'expired' ? { kind: 'expired', me: before.me, methods } : { kind: 'out', methods },
  )
}

/** `code`: a second factor is wanted first. */
export async function signIn(): Promise<'in' | 'code'> {
  const before = auth.get()
  // Signing in again means as the same person: what is on the screen is theirs.
  const as = before.kind === 'expired' ? { subject: before.me.subject, tenant: before.me.tenant } : {}
  const answer = await api.devSignIn(as)
  if ('challenge' in answer) return 'code'
  entered(answer)
  return 'in'
}

/** The server has let us in. */
export function entered(me: Me): void {
  auth.set({ kind: 'in', me })
  tabs?.postMessage('in')
}

/** Leaves for good; whatever this page held goes with it. */
export async function signOut(): Promise<void> {
  leave(await api.signOut())
}

/** After a sign-in has ended on purpose: nothing of it stays, in any tab. */
export function leave(to: string | null = null): void {
  forgetPerson()
  tabs?.postMessage('out')
  location.assign(to ?? '/')
}
