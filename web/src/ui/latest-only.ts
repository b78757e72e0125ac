/** Starts requests. Only the newest one counts. Each call returns a function that says whether its request is the newest. */
export function latestOnly(): () => () => boolean {
  let newestRequest = 0
  return () => {
    const sequence = ++newestRequest
    return () => sequence === newestRequest
  }
}
