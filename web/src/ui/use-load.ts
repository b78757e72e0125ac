import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../../../shared/client/errors.ts'
import { checkAuth, signedOut } from '../state/auth.ts'
import { isStatus, toUserError, type UserError } from '../state/user-error.ts'
import { latestOnly } from './latest-only.ts'

/** The tenant demands a second factor, since just now: whoever must show one is led there. */
const isMfaRequired = (error: unknown): boolean => error instanceof ApiError && error.problem.type.endsWith('/mfa_required')

export type Loaded<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly trouble: UserError }
  | { readonly kind: 'ready'; readonly value: T }

/** What `ask` answers, asked when the page opens and by `again`; what is shown stays until the new answer is there. `ask` must not change. */
export function useLoad<T>(ask: () => Promise<T>): readonly [Loaded<T>, () => Promise<void>] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ kind: 'loading' })
  const { current: begin } = useRef(latestOnly())
  const again = useCallback(async () => {
    const counts = begin()
    try {
      const value = await ask()
      if (counts()) setLoaded({ kind: 'ready', value })
    } catch (error) {
      if (isStatus(error, 401)) void signedOut()
      if (isMfaRequired(error)) void checkAuth()
      if (counts()) setLoaded((before) => (before.kind === 'ready' ? before : { kind: 'failed', trouble: toUserError(error) }))
    }
  }, [ask, begin])
  useEffect(() => void again(), [again])
  return [loaded, again]
}

/** One thing that is being done, and what came in its way. */
export function useAttempt() {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<UserError | null>(null)
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setTrouble(null)
    try {
      await work()
    } catch (error) {
      if (isStatus(error, 401)) void signedOut()
      if (isMfaRequired(error)) void checkAuth()
      setTrouble(toUserError(error))
    }
    setBusy(false)
  }
  return { busy, trouble, attempt }
}
