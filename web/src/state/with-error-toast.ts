import { signedOut } from './auth.ts'
import { showToast } from './toast.ts'
import { isStatus, toUserError } from './user-error.ts'

/** Runs `work` and never rejects. A failure shows a toast that starts with `prefix`; a 401 opens the sign-in dialog. */
export async function withErrorToast(prefix: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isStatus(error, 401)) await signedOut()
    else showToast(`${prefix} ${toUserError(error).detail}`, 'error')
  }
}
