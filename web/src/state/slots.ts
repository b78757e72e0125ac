/**
 * A browser opens six connections to one HTTP/1.1 host, for all its tabs together. So at most four of them are streams:
 * each stream holds one of four Web Locks, and who gets none polls until one is free.
 */
const slots = 4

/** Takes a free slot and returns what frees it, or `null` when all are taken. */
export async function takeSlot(): Promise<(() => void) | null> {
  if (!('locks' in navigator)) return () => undefined
  for (let slot = 0; slot < slots; slot += 1) {
    const release = await new Promise<(() => void) | null>((answer) => {
      void navigator.locks.request(`soma.stream.${slot}`, { ifAvailable: true }, (lock) =>
        lock === null ? answer(null) : new Promise<void>((free) => answer(free)),
      )
    })
    if (release !== null) return release
  }
  return null
}
