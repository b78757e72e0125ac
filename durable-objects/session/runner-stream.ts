/** A runner's stream: NDJSON, validated line by line, with an idle timeout. */
import { LineSplitter } from '../../shared/lib/lines.ts'
import { RunnerLine } from '../../shared/turn/runner.ts'

/** The most UTF-16 units of one line. A piece of an answer is far smaller. */
const maxLineUnits = 1_000_000

export class RunnerStream {
  readonly #idleMs: number
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>

  /** `idleMs`: how long the runner may send nothing. */
  constructor(stream: ReadableStream<Uint8Array>, idleMs: number) {
    this.#idleMs = idleMs
    this.#reader = stream.getReader()
  }

  /** The lines of each chunk. Ends with the bytes, or after the idle timeout. Throws on an invalid line. */
  async *chunks(): AsyncGenerator<RunnerLine[]> {
    const decoder = new TextDecoder()
    const splitter = new LineSplitter()
    for (;;) {
      const bytes = await this.#read()
      if (!bytes) return
      const lines = splitter.add(decoder.decode(bytes, { stream: true }))
      if (splitter.restUnits > maxLineUnits) throw new Error('a line of the runner exceeds the limit')
      yield lines.map((line) => RunnerLine.parse(JSON.parse(line)))
    }
  }

  /** Stops reading and closes the stream. */
  cancel(reason: string): void {
    this.#reader.cancel(reason).catch(() => undefined)
  }

  /** The next bytes. Undefined: the stream has ended, or the idle timeout has passed. */
  async #read(): Promise<Uint8Array | undefined> {
    const idleTimer = setTimeout(() => this.cancel('silent'), this.#idleMs)
    try {
      return (await this.#reader.read()).value
    } finally {
      clearTimeout(idleTimer)
    }
  }
}
