/** Starts requests. Only the newest one counts. Each call returns a function that says whether its request is the newest. */
export function latestOnly(): () => () => boolean {
  let newest = 0
  return () => {
    const sequence = ++newest
    return () => sequence === newest
  }
}
