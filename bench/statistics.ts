/** Statistics of few numbers: the median and the spread of the rounds. */

/** The median of the values. NaN: there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** The quantile `share` of the values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** `2.4 (2.1–2.9)`: the median, minimum and maximum. */
export function spread(values: readonly number[], digits = 2): string {
  const [center, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits))
  return `${center} (${least}–${most})`
}

/** The ratio of the first to the second, per round. Rounds alternate, so that noise affects both. */
export const ratios = (values: readonly number[], peer: readonly number[]): number[] =>
  values.map((value, round) => value / (peer[round] ?? Number.NaN))
