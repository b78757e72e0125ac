/**
 * Reads a `multipart/form-data` body (RFC 7578) as a stream: memory holds one chunk of it, however large its files are. The parts must be
 * read in order, each to its end. Portable.
 */
import { joinBytes } from './join-bytes.ts'

/** The body is not valid. The message is for the client. */
export class MalformedMultipart extends Error {
  override readonly name = 'MalformedMultipart'
}

/** A part: a field, or a file with a name. `body` yields its bytes. */
export interface MultipartPart {
  readonly name: string
  /** Undefined: a field. */
  readonly filename: string | undefined
  readonly body: AsyncIterable<Uint8Array>
}

/** Bytes of the headers of one part, and of the text before the first one. */
const maxHeaderBytes = 8_192
/** Parts of one body, files and fields. */
const maxParts = 50

/** The boundary of a `multipart/form-data` content type. Null: it is another type, or it has none. */
export function multipartBoundary(contentType: string): string | null {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return null
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? []
  return quoted ?? plain ?? null
}

/** The parts of `body`. Throws `MalformedMultipart`. */
export async function* multipartParts(body: ReadableStream<Uint8Array>, boundary: string): AsyncGenerator<MultipartPart> {
  const input = new Input(body)
  const delimiter = encoder.encode(`\r\n--${boundary}`)
  try {
    // The first delimiter has no line break before it, so that one is added.
    input.unread(encoder.encode('\r\n'))
    for await (const _ of input.until(delimiter, maxHeaderBytes));
    for (let count = 0; ; count += 1) {
      const end = await input.take(2)
      if (end === '--') return
      if (end !== '\r\n') throw new MalformedMultipart('A boundary of the body is not followed by a line break.')
      if (count === maxParts) throw new MalformedMultipart(`The body has more than ${maxParts} parts.`)
      const { name, filename } = await readHeaders(input)
      let isRead = false
      const part = async function* () {
        yield* input.until(delimiter)
        isRead = true
      }
      const content = part()
      yield { name, filename, body: content }
      if (!isRead) for await (const _ of content);
    }
  } finally {
    await input.cancel()
  }
}

async function readHeaders(input: Input): Promise<Pick<MultipartPart, 'name' | 'filename'>> {
  const chunks: Uint8Array[] = []
  // The headers end with an empty line. A part without headers begins with it.
  input.unread(encoder.encode('\r\n'))
  for await (const chunk of input.until(emptyLine, maxHeaderBytes)) chunks.push(chunk)
  const lines = decoder.decode(joinBytes(chunks)).split('\r\n')
  const disposition = lines.find((line) => /^content-disposition\s*:/i.test(line)) ?? ''
  const name = parameter(disposition, 'name')
  if (!/^content-disposition\s*:\s*form-data\s*(;|$)/i.test(disposition) || name === undefined)
    throw new MalformedMultipart('A part of the body has no `Content-Disposition: form-data` with a name.')
  return { name, filename: parameter(disposition, 'filename') }
}

/** A parameter of a header. Browsers escape quotes and line breaks as `%22`, `%0D` and `%0A` (HTML Living Standard §4.10.21.8). */
function parameter(header: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(header) ?? []
  return quoted === undefined
    ? plain
    : quoted.replace(/\\(["\\])/g, '$1').replace(/%(22|0D|0A)/gi, (escaped) => decodeURIComponent(escaped))
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const emptyLine = encoder.encode('\r\n\r\n')

/** The bytes of a body, with what was read too far. */
class Input {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader()
  }

  /** Puts bytes in front of the rest. */
  unread(bytes: Uint8Array): void {
    this.#rest = joinBytes([bytes, this.#rest])
  }

  /** The next `count` bytes as text. */
  async take(count: number): Promise<string> {
    while (this.#rest.length < count) await this.#more()
    const text = decoder.decode(this.#rest.subarray(0, count))
    this.#rest = this.#rest.subarray(count)
    return text
  }

  /** The bytes before `delimiter`, which is skipped. Holds back only bytes that may begin it. */
  async *until(delimiter: Uint8Array, maxBytes = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    let bytes = 0
    for (;;) {
      const index = indexOf(this.#rest, delimiter)
      const safe = index >= 0 ? index : Math.max(0, this.#rest.length - delimiter.length + 1)
      bytes += safe
      if (bytes > maxBytes) throw new MalformedMultipart(`The headers of a part have more than ${maxBytes} bytes.`)
      const chunk = this.#rest.subarray(0, safe)
      this.#rest = this.#rest.subarray(index >= 0 ? index + delimiter.length : safe)
      if (chunk.length > 0) yield chunk
      if (index >= 0) return
      await this.#more()
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {})
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#reader.read()
    if (done) throw new MalformedMultipart('The body ends before its last boundary.')
    this.#rest = this.#rest.length === 0 ? value : joinBytes([this.#rest, value])
  }
}

/** The index of `needle` in `bytes`; -1: it is not there. The search for its first byte is native. */
function indexOf(bytes: Uint8Array, needle: Uint8Array): number {
  const [first = 0] = needle
  for (let at = bytes.indexOf(first); at >= 0 && at <= bytes.length - needle.length; at = bytes.indexOf(first, at + 1)) {
    let matched = 1
    while (matched < needle.length && bytes[at + matched] === needle[matched]) matched += 1
    if (matched === needle.length) return at
  }
  return -1
}
