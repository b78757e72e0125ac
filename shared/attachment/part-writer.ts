/**
 * Writes a file of unknown length to a bucket. A small file is one `put`; a larger one has parts of one size, as R2 requires. Memory holds
 * at most two parts. Portable.
 */

/** Bytes of a part: R2's least. */
export const partBytes = 5 * 1024 * 1024

/** A part that the bucket has. */
export interface UploadedPart {
  readonly partNumber: number
  readonly etag: string
}

/** An upload in parts. */
export interface PartUpload {
  readonly uploadId: string
  uploadPart(partNumber: number, bytes: Uint8Array): Promise<UploadedPart>
  complete(parts: UploadedPart[]): Promise<unknown>
}

/** The part of a bucket that is used here. R2's binding has it. */
export interface PartBucket {
  put(key: string, bytes: Uint8Array): Promise<unknown>
  createMultipartUpload(key: string): Promise<PartUpload>
}

/** Writes one file. After a fault, the caller deletes the key and aborts the upload. */
export class PartWriter {
  readonly #bucket: PartBucket
  readonly #key: string
  readonly #onUpload: (uploadId: string) => Promise<void>
  #buffer: Uint8Array | null = null
  #used = 0
  #upload: PartUpload | null = null
  readonly #parts: UploadedPart[] = []
  /** The part that is being sent. */
  #sending: Promise<void> = Promise.resolve()

  /** `onUpload`: records the upload in parts before its first part, so that it can be aborted. */
  constructor(bucket: PartBucket, key: string, onUpload: (uploadId: string) => Promise<void>) {
    this.#bucket = bucket
    this.#key = key
    this.#onUpload = onUpload
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      this.#buffer ??= new Uint8Array(partBytes)
      const piece = rest.subarray(0, partBytes - this.#used)
      this.#buffer.set(piece, this.#used)
      this.#used += piece.length
      rest = rest.subarray(piece.length)
      if (this.#used === partBytes) await this.#sendPart()
    }
  }

  /** Ends the file. The bucket then has all of it. */
  async complete(): Promise<void> {
    const last = (this.#buffer ?? new Uint8Array()).subarray(0, this.#used)
    if (this.#upload === null) {
      await this.#bucket.put(this.#key, last)
      return
    }
    if (last.length > 0) await this.#sendPart()
    await this.#sending
    await this.#upload.complete(this.#parts)
  }

  /** Sends the buffer while the next one fills. */
  async #sendPart(): Promise<void> {
    await this.#sending
    if (this.#upload === null) {
      this.#upload = await this.#bucket.createMultipartUpload(this.#key)
      await this.#onUpload(this.#upload.uploadId)
    }
    const { length } = this.#parts
    const bytes = (this.#buffer ?? new Uint8Array()).subarray(0, this.#used)
    this.#buffer = null
    this.#used = 0
    this.#sending = this.#upload.uploadPart(length + 1, bytes).then((part) => void this.#parts.push(part))
    // A fault is met by the next part, or by `complete`.
    this.#sending.catch(() => {})
  }
}
