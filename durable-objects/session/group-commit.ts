/**
 * Commands that come at the same time are recorded together: what an object writes before it gives way is one transaction, made safe
 * at once for all of it. A command that comes alone waits for nobody.
 */
export class Company {
  /** Commands that were not answered yet. */
  #here = 0
  /** How many commands the last gathering had. */
  #last = 1
  #gathering: Promise<void> | null = null
  #gathered = 0

  /** Runs `command`, at once, or with those that come in the same moment. `busy`: more is going on than is known here. */
  async join<T>(busy: boolean, command: () => Promise<T>): Promise<T> {
    this.#here += 1
    try {
      if (this.#here > 1 || this.#last > 1 || busy) await this.#gather()
      return await command()
    } finally {
      this.#here -= 1
    }
  }

  #gather(): Promise<void> {
    this.#gathered += 1
    // A turn of the event loop, in which what has arrived already gets here.
    this.#gathering ??= new Promise((resolve) =>
      setTimeout(() => {
        this.#last = this.#gathered
        this.#gathered = 0
        this.#gathering = null
        resolve()
      }, 0),
    )
    return this.#gathering
  }
}
