import { ApiError } from '../../../shared/client/errors.ts'
import { checkAuth, signedOut } from './auth.ts'
import { isStatus } from './user-error.ts'

/**
 * Follows up on a refusal that concerns the sign-in. A 401 opens the sign-in dialog. `mfa_required` asks the server
 * for the user again, which leads to the second factor. Ignores every other error.
 */
export function followAuthError(error: unknown): void {
  if (isStatus(error, 401)) void signedOut()
  else if (error instanceof ApiError && error.problem.type.endsWith('/mfa_required')) void checkAuth()
}
