import { signedOut } from './auth.ts'
import { showToast } from './toast.ts'
import { isStatus, toUserError } from './user-error.ts'

/** Does `work`, or says in words why it was not done. Resolves to whether it was. */
export async function attempt(otherwise: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (isStatus(error, 401)) await signedOut()
    else showToast(`${otherwise} ${toUserError(error).detail}`, 'error')
    return false
  }
}
