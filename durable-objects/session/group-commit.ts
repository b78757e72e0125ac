/**
 * Group commit: commands that arrive together share one durable write. Each runs its own transaction. The platform writes to disk once
 * for all transactions before the object yields. A command that arrives alone does not wait.
 */
export class GroupCommit {
  /** Commands in progress. */
  #inFlight = 0
  /** Commands in the last batch. */
  #lastBatchSize = 1
  #waitingBatch: Promise<void> | null = null
  #waitingSize = 0

  /** Runs `command` at once, or with the next batch. `isBusy`: the object has other work in flight. */
  async run<T>(isBusy: boolean, command: () => Promise<T>): Promise<T> {
    this.#inFlight += 1
    try {
      if (this.#inFlight > 1 || this.#lastBatchSize > 1 || isBusy) await this.#waitForNextBatch()
      return await command()
    } finally {
      this.#inFlight -= 1
    }
  }

  #waitForNextBatch(): Promise<void> {
    this.#waitingSize += 1
    // One iteration of the event loop admits the requests that have already arrived.
    this.#waitingBatch ??= new Promise((resolve) =>
      setTimeout(() => {
        this.#lastBatchSize = this.#waitingSize
        this.#waitingSize = 0
        this.#waitingBatch = null
        resolve()
      }, 0),
    )
    return this.#waitingBatch
  }
}
