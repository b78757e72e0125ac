/** A map for caches: at most `max` entries, and a new key evicts the one that was set longest ago. Pure. */
export class BoundedMap<K, V> {
  readonly #max: number
  readonly #entries = new Map<K, V>()

  /** `max`: at least 1. */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#entries.size
  }

  /** Does not change the order of eviction. */
  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  /** Inserts or replaces; the entry becomes the last to be evicted. */
  set(key: K, value: V): this {
    this.#entries.delete(key)
    const oldest = this.#entries.keys().next()
    if (!oldest.done && this.#entries.size >= this.#max) this.#entries.delete(oldest.value)
    this.#entries.set(key, value)
    return this
  }

  values(): MapIterator<V> {
    return this.#entries.values()
  }

  delete(key: K): boolean {
    return this.#entries.delete(key)
  }
}
