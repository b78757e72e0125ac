/** Separates a model's thoughts from the start of its text: `<think>…</think>` or `<thinking>…</thinking>`. Pure. */

const openingTag = /^\s*<(think|thinking)>/i
/** Text that may still become an opening tag. */
const partialOpeningTag = /^\s*(<(t(h(i(n(k(i(n(g)?)?)?)?)?)?)?)?)?$/i
/** Longest start of a closing tag that may wait for the rest. */
const closingUnits = '</thinking>'.length - 1

/** Filters the thoughts of one streamed answer. */
export class ThinkingFilter {
  #state: 'start' | 'thinking' | 'after' | 'answer' = 'start'
  #pending = ''
  #thought = ''

  /** The thoughts since the last call. */
  takeThought(): string {
    const thought = this.#thought
    this.#thought = ''
    return thought
  }

  /** The part of the answer that `text` completes. */
  add(text: string): string {
    if (this.#state === 'answer') return text
    this.#pending += text
    if (this.#state === 'start') this.#detectThinking()
    if (this.#state === 'thinking') this.#skipThinking()
    if (this.#state === 'after') this.#pending = this.#pending.trimStart()
    if (this.#state === 'start' || this.#state === 'thinking' || this.#pending === '') return ''
    this.#state = 'answer'
    return this.flush()
  }

  /** The withheld text, at the end of the stream. A thought without an end is not part of the answer. */
  flush(): string {
    const pending = this.#state === 'thinking' ? '' : this.#pending
    if (this.#state === 'thinking') this.#thought += this.#pending
    this.#pending = ''
    return pending
  }

  #detectThinking(): void {
    const tag = openingTag.exec(this.#pending)
    if (tag) {
      this.#state = 'thinking'
      this.#pending = this.#pending.slice(tag[0].length)
    } else if (!partialOpeningTag.test(this.#pending)) this.#state = 'answer'
  }

  #skipThinking(): void {
    const tag = /<\/(think|thinking)>/i.exec(this.#pending)
    if (tag) {
      this.#state = 'after'
      this.#thought += this.#pending.slice(0, tag.index)
      this.#pending = this.#pending.slice(tag.index + tag[0].length)
    } else {
      this.#thought += this.#pending.slice(0, -closingUnits)
      this.#pending = this.#pending.slice(-closingUnits)
    }
  }
}
