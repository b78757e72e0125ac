/** The bytes that all readers of this isolate leave unread. */

/** Maximum unread bytes of all readers. An isolate has 128 MB. */
const maxBytes = 32 * 1_048_576

class IsolateBuffer {
  #bytes = 0

  /** Whether a reader with unread bytes must wait. */
  get isFull(): boolean {
    return this.#bytes > maxBytes
  }

  add(bytes: number): void {
    this.#bytes += bytes
  }
}

/** The buffer count of this isolate. */
export const isolateBuffer = new IsolateBuffer()
