/** A binary heap: the value with the smallest key leaves first, and of equal keys the smallest value. Pure. */
export class MinHeap<T> {
  readonly #entries: { readonly key: number; readonly value: T }[] = []
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  push(key: number, value: T): void {
    this.#entries.push({ key, value })
    for (let at = this.#entries.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  pop(): T | undefined {
    const first = this.#entries[0]
    const last = this.#entries.pop()
    if (first === undefined || last === undefined) return undefined
    if (this.#entries.length === 0) return first.value
    this.#entries[0] = last
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < this.#entries.length && this.#isBefore(child, least)) least = child
      if (least === at) return first.value
      this.#swap(at, least)
      at = least
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#entries[a], this.#entries[b]]
    if (x === undefined || y === undefined) return false
    return x.key < y.key || (x.key === y.key && this.#compare(x.value, y.value) < 0)
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#entries[a], this.#entries[b]]
    if (x === undefined || y === undefined) return
    this.#entries[a] = y
    this.#entries[b] = x
  }
}
