/**
 * Commands that come at the same time are recorded together: what an object writes before it gives way is one transaction, made safe
 * at once for all of it. A command that comes alone waits for nobody.
 */
export class GroupCommit {
  /** Commands that were not answered yet. */
  #inFlight = 0
  /** How many commands the last gathering had. */
  #lastBatchSize = 1
  #forming: Promise<void> | null = null
  #joined = 0

  /** Runs `command`, at once, or with those that come in the same moment. `busy`: more is going on than is known here. */
  async run<T>(busy: boolean, command: () => Promise<T>): Promise<T> {
    this.#inFlight += 1
    try {
      if (this.#inFlight > 1 || this.#lastBatchSize > 1 || busy) await this.#nextBatch()
      return await command()
    } finally {
      this.#inFlight -= 1
    }
  }

  #nextBatch(): Promise<void> {
    this.#joined += 1
    // A turn of the event loop, in which what has arrived already gets here.
    this.#forming ??= new Promise((resolve) =>
      setTimeout(() => {
        this.#lastBatchSize = this.#joined
        this.#joined = 0
        this.#forming = null
        resolve()
      }, 0),
    )
    return this.#forming
  }
}
