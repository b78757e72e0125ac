/** A runner's stream as it arrives: NDJSON, checked line by line, given up when nothing comes for as long as a lease lasts. */
import { LineSplitter } from '../../shared/lib/lines.ts'
import { RunnerLine } from '../../shared/turn/runner.ts'

/** UTF-16 units of one line: well above any piece of an answer, well below what would hurt. */
const maxLineUnits = 1_000_000

export class RunnerStream {
  readonly #silenceMs: number
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>

  /** `silenceMs`: how long it may say nothing. */
  constructor(stream: ReadableStream<Uint8Array>, silenceMs: number) {
    this.#silenceMs = silenceMs
    this.#reader = stream.getReader()
  }

  /** The lines of each chunk. Ends when the bytes do; throws on a line that is none of ours. */
  async *chunks(): AsyncGenerator<RunnerLine[]> {
    const decoder = new TextDecoder()
    const splitter = new LineSplitter()
    for (;;) {
      const bytes = await this.#read()
      if (!bytes) return
      const lines = splitter.add(decoder.decode(bytes, { stream: true }))
      if (splitter.restUnits > maxLineUnits) throw new Error('the runner sent a line without end')
      yield lines.map((line) => RunnerLine.parse(JSON.parse(line)))
    }
  }

  /** Nothing more is wanted. */
  cancel(reason: string): void {
    this.#reader.cancel(reason).catch(() => undefined)
  }

  /** The next bytes; undefined when there are no more, or none came in time. */
  async #read(): Promise<Uint8Array | undefined> {
    const silence = setTimeout(() => this.cancel('silent'), this.#silenceMs)
    try {
      return (await this.#reader.read()).value
    } finally {
      clearTimeout(silence)
    }
  }
}
