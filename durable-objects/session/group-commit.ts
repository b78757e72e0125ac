/**
 * Group commit: commands that arrive together share one durable write. Each runs its own transaction. The platform writes to disk once
 * for all transactions before the object yields. A command that arrives alone does not wait.
 */
export class GroupCommit {
  /** Commands in progress. */
  #inFlight = 0
  /** Commands in the last batch. */
  #lastBatchSize = 1
  #forming: Promise<void> | null = null
  #formingSize = 0

  /** Runs `command` at once, or with the next batch. `busy`: the object has other work in flight. */
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
    this.#formingSize += 1
    // One turn of the event loop lets requests in that have already arrived.
    this.#forming ??= new Promise((resolve) =>
      setTimeout(() => {
        this.#lastBatchSize = this.#formingSize
        this.#formingSize = 0
        this.#forming = null
        resolve()
      }, 0),
    )
    return this.#forming
  }
}
