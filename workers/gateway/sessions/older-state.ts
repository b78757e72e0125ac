/** Calls to soma-state, which may be of an older release. */
import type { Failure } from '../../../shared/problem.ts'

/** Whether the other side of a call has no such method, because it is of an older release. */
export const lacksMethod = (error: unknown): boolean => error instanceof Error && /does not implement the method/.test(error.message)

/** The result of a call. Null: the other side has no such method. */
export async function unlessOlder<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call()
  } catch (error) {
    if (lacksMethod(error)) return null
    throw error
  }
}

/** An older release deletes sessions only for good. */
export const olderTrash: Failure = { kind: 'unavailable', what: 'Restoring deleted sessions, while a new version is deployed,' }
