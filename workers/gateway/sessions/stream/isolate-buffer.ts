/** The bytes that all readers of this isolate leave unread. */

/** An isolate has 128 MB. */
const maxBytes = 32 * 1_048_576

class IsolateBuffer {
  #bytes = 0

  /** Whether a reader with unread bytes must wait. */
  get full(): boolean {
    return this.#bytes > maxBytes
  }

  add(bytes: number): void {
    this.#bytes += bytes
  }
}

export const isolateBuffer = new IsolateBuffer()
