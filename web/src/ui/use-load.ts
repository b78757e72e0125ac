import { useCallback, useEffect, useRef, useState } from 'react'
import { followAuthError } from '../state/auth-error.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { latestOnly } from './latest-only.ts'

/** Content from the server. Without `value` and `error` the first load is running. */
export interface Load<T> {
  /** The newest value; it stays when a later load fails. */
  readonly value: T | undefined
  /** Why the newest load failed; null when it did not. */
  readonly error: UserError | null
  /** Loads again. Resolves when this load is over, and never rejects. */
  readonly reload: () => Promise<void>
}

/** Calls `fetchValue` when the component mounts, when `fetchValue` changes, and on `reload`. An older response never replaces a newer one. */
export function useLoad<T>(fetchValue: () => Promise<T>): Load<T> {
  const [loaded, setLoaded] = useState<Omit<Load<T>, 'reload'>>({ value: undefined, error: null })
  const { current: begin } = useRef(latestOnly())
  const reload = useCallback(async () => {
    const isLatest = begin()
    try {
      const value = await fetchValue()
      if (isLatest()) setLoaded({ value, error: null })
    } catch (error) {
      followAuthError(error)
      if (isLatest()) setLoaded(({ value }) => ({ value, error: toUserError(error) }))
    }
  }, [fetchValue, begin])
  useEffect(() => void reload(), [reload])
  return { ...loaded, reload }
}
