/**
 * Limits the streams of all tabs together. A browser opens six connections to one HTTP/1.1 host, so at most four are
 * streams. Each stream holds one of four Web Locks; a tab without a lock polls.
 */
const slots = 4

/** Takes a free slot. Returns a function that frees it, or `null` when all are taken. */
export async function takeSlot(): Promise<(() => void) | null> {
  if (!('locks' in navigator)) return () => undefined
  for (let slot = 0; slot < slots; slot += 1) {
    const release = await new Promise<(() => void) | null>((resolve) => {
      void navigator.locks.request(`soma.stream.${slot}`, { ifAvailable: true }, (lock) =>
        lock === null ? resolve(null) : new Promise<void>((free) => resolve(free)),
      )
    })
    if (release !== null) return release
  }
  return null
}
