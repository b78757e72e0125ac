/** Calls to a Worker or an object that may be of an older release. Portable. */

/** Whether the other side of a call has no such method. Across RPC, an error keeps only its message. */
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
