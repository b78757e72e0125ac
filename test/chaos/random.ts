/** Seeded random numbers. */

export interface Random {
  /** At least 0, below 1. */
  random(): number
  /** A whole number below `n`. */
  below(n: number): number
  pick<T>(from: readonly [T, ...T[]]): T
  /** An independent generator for one part: other parts do not change its numbers. */
  for(part: string): Random
}

/** Mulberry32: the same numbers on every platform. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number) => Math.floor(random() * n)
  return {
    random,
    below,
    pick: (from) => from[below(from.length)] ?? from[0],
    for: (part) => seededRandom([...part].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 0x01000193), seed ^ 0x811c9dc5)),
  }
}
