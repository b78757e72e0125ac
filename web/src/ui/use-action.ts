import { useRef, useState } from 'react'
import { followAuthError } from '../state/auth-error.ts'
import { toUserError, type UserError } from '../state/user-error.ts'

/** A change that the user makes. */
export interface Action {
  readonly busy: boolean
  /** Why the last run failed; null when it did not. Show it where the action started. */
  readonly error: UserError | null
  /** Runs `work` and resolves to whether it succeeded. Never rejects. Does nothing while another run is active. */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>
}

/** Runs one action at a time and keeps the error of the last one. */
export function useAction(): Action {
  const running = useRef(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<UserError | null>(null)
  const run = async (work: () => Promise<unknown>) => {
    if (running.current) return false
    running.current = true
    setBusy(true)
    setError(null)
    try {
      await work()
      return true
    } catch (error) {
      followAuthError(error)
      setError(toUserError(error))
      return false
    } finally {
      running.current = false
      setBusy(false)
    }
  }
  return { busy, error, run }
}
