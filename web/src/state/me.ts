import type { Me } from '../../../shared/api/sign-in.ts'
import { auth } from './auth.ts'
import { useSignal } from './signal.ts'

/** The signed-in user; also after the session expired, and offline. */
export function useMe(): Me | null {
  const state = useSignal(auth)
  return 'me' in state ? state.me : null
}

/** Whether the signed-in user may change the tenant's settings. The server decides; this only hides what it refuses. */
export function useIsAdmin(): boolean {
  const role = useMe()?.role
  return role === 'owner' || role === 'admin'
}
