/** Writes Markdown from blocks and inline text, up to a bound. Pure. */

/** Nested lists and quotes are indented up to this depth. */
const maxDepth = 8

/** Collects lines. `units`: the most UTF-16 units; the rest is dropped. */
export class MarkdownWriter {
  readonly #maxUnits: number
  readonly #pieces: string[] = []
  #units = 0
  #pendingLines = 0
  /** The prefix of a blank line: that of the outer one of the two blocks. */
  #blankPrefix = ''
  #pendingSpace = false
  readonly #prefixes: string[] = []
  #marker = ''

  constructor(maxUnits: number) {
    this.#maxUnits = maxUnits
  }

  /** Whether something was dropped. */
  get isFull(): boolean {
    return this.#units >= this.#maxUnits
  }

  /** Text of a paragraph: white space collapses. */
  text(text: string): void {
    const words = text.replace(/\s+/g, ' ')
    if (words === ' ' || words === '') {
      this.#pendingSpace ||= words !== ''
      return
    }
    const isLineStart = this.#pendingLines > 0 || this.#pieces.length === 0
    const hasSpace = (this.#pendingSpace || words.startsWith(' ')) && !isLineStart
    this.#pendingSpace = words.endsWith(' ')
    this.#append(`${hasSpace ? ' ' : ''}${words.trim()}`)
  }

  /** An opening mark, which the next word follows at once. */
  open(mark: string): void {
    const isLineStart = this.#pendingLines > 0 || this.#pieces.length === 0
    this.#append(`${this.#pendingSpace && !isLineStart ? ' ' : ''}${mark}`)
    this.#pendingSpace = false
  }

  /** A closing mark, which follows the last word at once. */
  close(mark: string): void {
    const hadSpace = this.#pendingSpace
    this.#pendingSpace = false
    this.#append(mark)
    this.#pendingSpace = hadSpace
  }

  /** Lines as they are. */
  verbatim(text: string): void {
    for (const [index, line] of text.split('\n').entries()) {
      if (index > 0) this.break(1)
      this.#append(line)
    }
  }

  /** Ends the line. `lines` 2: ends the paragraph. */
  break(lines: 1 | 2): void {
    this.#pendingSpace = false
    if (this.#pieces.length === 0) return
    const prefix = this.#prefixes.slice(0, maxDepth).join('').trimEnd()
    if (this.#pendingLines === 0 || prefix.length < this.#blankPrefix.length) this.#blankPrefix = prefix
    this.#pendingLines = Math.max(this.#pendingLines, lines)
  }

  /** Indents the lines from here on. `marker`: stands before the first line instead. */
  indent(prefix: string, marker = ''): void {
    this.#prefixes.push(prefix)
    if (this.#prefixes.length <= maxDepth) this.#marker = marker
  }

  outdent(): void {
    this.#prefixes.pop()
    this.#marker = ''
  }

  /** The Markdown so far. */
  end(): string {
    return this.#pieces.join('')
  }

  #append(text: string): void {
    if (this.isFull) return
    const prefix = this.#prefixes.slice(0, maxDepth)
    const isLineStart = this.#pendingLines > 0 || this.#pieces.length === 0
    let start = ''
    if (isLineStart) {
      const full = prefix.join('')
      const first = this.#marker === '' ? full : `${prefix.slice(0, -1).join('')}${this.#marker}`
      start = this.#pendingLines > 1 ? `\n${this.#blankPrefix}\n${first}` : this.#pendingLines === 1 ? `\n${first}` : first
      this.#pendingLines = 0
      this.#marker = ''
    }
    const piece = `${start}${text}`.slice(0, this.#maxUnits - this.#units)
    this.#units += piece.length
    this.#pieces.push(piece)
  }
}
