/** Of several that were asked one after another, only the one that was asked last counts, in whichever order they answer. */
export function latestOnly(): () => () => boolean {
  let asked = 0
  return () => {
    const mine = ++asked
    return () => mine === asked
  }
}
