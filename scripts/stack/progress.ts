/** A line every few seconds, so that long work is seen to go on. */
const everyMs = 2_000

/** Says `line()` now and then until it is stopped. */
export function progress(line: () => string): () => void {
  const timer = setInterval(() => console.error(line()), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`
