import { signedOut } from './auth.ts'
import { showToast } from './toast.ts'
import { isStatus, toUserError } from './user-error.ts'

/** Runs `work`, and resolves to whether it succeeded. Never rejects. A failure shows a toast that says `what` failed, and why; a 401 opens the sign-in dialog. */
export async function withErrorToast(what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (isStatus(error, 401)) await signedOut()
    else showToast(what, 'error', { detail: toUserError(error).detail })
    return false
  }
}
