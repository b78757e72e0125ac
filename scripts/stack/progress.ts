/** Prints a line every few seconds during long work. */

/** The time between two lines. Milliseconds. */
const intervalMs = 2_000

/** Prints `line()` periodically until the returned function is called. */
export function progress(line: () => string): () => void {
  const timer = setInterval(() => console.error(line()), intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** `bytes` as text, in megabytes. */
export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`
