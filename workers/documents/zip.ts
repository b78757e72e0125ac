/**
 * Reads a ZIP file by its directory (APPNOTE 4.3). A file is inflated up to a limit, whatever its header says. So a bomb costs no
 * more than the limit.
 */
import { documentLimits } from '../../shared/document/document.ts'
import { joinBytes } from '../../shared/lib/join-bytes.ts'
import { Unreadable } from './unreadable.ts'

interface Entry {
  readonly method: number
  readonly offset: number
  readonly compressedSize: number
}

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const localSignature = 0x04034b50
/** The end of the directory, with the longest comment. */
const endBytes = 22 + 65_535

export class ZipFile {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #entries = new Map<string, Entry>()
  #inflated = 0

  /** Reads the directory. Throws `Unreadable`. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#readDirectory()
  }

  /** The names of the files, in the order of the directory. */
  get names(): string[] {
    return [...this.#entries.keys()]
  }

  /** The text of a file. Undefined: there is no such file. Throws `Unreadable` beyond the limit of all files together. */
  async text(name: string): Promise<string | undefined> {
    const entry = this.#entries.get(name)
    return entry && new TextDecoder().decode(await this.#read(entry))
  }

  async #read({ method, offset, compressedSize }: Entry): Promise<Uint8Array> {
    if (offset + 30 > this.#bytes.length || this.#view.getUint32(offset, true) !== localSignature) throw damaged()
    const start = offset + 30 + this.#view.getUint16(offset + 26, true) + this.#view.getUint16(offset + 28, true)
    const content = this.#bytes.subarray(start, start + compressedSize)
    if (content.length < compressedSize) throw damaged()
    if (method === 0) return this.#count(content)
    if (method !== 8) throw new Unreadable('The file is compressed in a way that cannot be read.')
    const chunks: Uint8Array[] = []
    const inflated = new Response(content.slice()).body?.pipeThrough(new DecompressionStream('deflate-raw')) as ReadableStream<Uint8Array>
    const reader = inflated.getReader()
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(this.#count(read.value))
    } catch (error) {
      await reader.cancel().catch(() => {})
      throw error instanceof Unreadable ? error : damaged()
    }
    return joinBytes(chunks)
  }

  #count(bytes: Uint8Array): Uint8Array {
    this.#inflated += bytes.length
    if (this.#inflated > documentLimits.inflatedBytes)
      throw new Unreadable(`The file has more than ${documentLimits.inflatedBytes} bytes when it is unpacked.`)
    return bytes
  }

  #readDirectory(): void {
    const length = this.#bytes.length
    let end = length - 22
    const lowest = Math.max(0, length - endBytes)
    while (end >= lowest && this.#view.getUint32(end, true) !== endSignature) end -= 1
    if (end < lowest || length < 22) throw new Unreadable('The file is not a valid ZIP file.')
    const count = this.#view.getUint16(end + 10, true)
    if (count > documentLimits.entries) throw new Unreadable(`The file contains more than ${documentLimits.entries} files.`)
    let at = this.#view.getUint32(end + 16, true)
    const decoder = new TextDecoder()
    for (let index = 0; index < count; index += 1) {
      if (at + 46 > length || this.#view.getUint32(at, true) !== entrySignature) throw damaged()
      if ((this.#view.getUint16(at + 8, true) & 1) === 1) throw new Unreadable('The file is encrypted. Upload it without a password.')
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => this.#view.getUint16(at + field, true)) as [
        number,
        number,
        number,
      ]
      const name = decoder.decode(this.#bytes.subarray(at + 46, at + 46 + nameLength))
      const [compressedSize, offset] = [this.#view.getUint32(at + 20, true), this.#view.getUint32(at + 42, true)]
      this.#entries.set(name, { method: this.#view.getUint16(at + 10, true), offset, compressedSize })
      at += 46 + nameLength + extraLength + commentLength
    }
  }
}

const damaged = () => new Unreadable('The file is a damaged ZIP file.')
