/** Sequences of choices from a seed. Cheaper than fast-check, for many thousands of runs. */

/** Numbers below 65,536 from the linear congruential generator of Numerical Recipes. The same seed gives the same numbers. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed | 0; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    yield state >>> 16
  }
}

/** `count` histories of `length` choices each. */
export function* histories(seed: number, count: number, length: number): Generator<number[]> {
  const source = numbers(seed)
  for (let n = 0; n < count; n++) yield Array.from({ length }, () => source.next().value as number)
}
