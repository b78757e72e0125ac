/** Renumbers the locals of one function densely, in order of first use. The plan's own numbers may be sparse. Pure. */
export class Slots {
  readonly #slots = new Map<number | string, number>()
  readonly slotOf = (local: number | string): number => {
    const slot = this.#slots.get(local)
    if (slot !== undefined) return slot
    this.#slots.set(local, this.#slots.size)
    return this.#slots.size - 1
  }
  get size(): number {
    return this.#slots.size
  }
}
