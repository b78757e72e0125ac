/** Removes a model's thoughts from the start of its text: `<think>…</think>` or `<thinking>…</thinking>`. Pure. */

const opening = /^\s*<(think|thinking)>/i
/** What may still become an opening tag. */
const maybeOpening = /^\s*(<(t(h(i(n(k(i(n(g)?)?)?)?)?)?)?)?)?$/i
/** Longest start of a closing tag that may wait for the rest. */
const closingUnits = '</thinking>'.length - 1

export class ThinkingFilter {
  #state: 'start' | 'thinking' | 'after' | 'answer' = 'start'
  #held = ''

  /** The part of the answer that `text` completes. */
  add(text: string): string {
    if (this.#state === 'answer') return text
    this.#held += text
    if (this.#state === 'start') this.#start()
    if (this.#state === 'thinking') this.#think()
    if (this.#state === 'after') this.#held = this.#held.trimStart()
    if (this.#state === 'start' || this.#state === 'thinking' || this.#held === '') return ''
    this.#state = 'answer'
    return this.rest()
  }

  /** The text that waited, when no more comes. A thought without an end is not part of the answer. */
  rest(): string {
    const held = this.#state === 'thinking' ? '' : this.#held
    this.#held = ''
    return held
  }

  #start(): void {
    const tag = opening.exec(this.#held)
    if (tag) {
      this.#state = 'thinking'
      this.#held = this.#held.slice(tag[0].length)
    } else if (!maybeOpening.test(this.#held)) this.#state = 'answer'
  }

  #think(): void {
    const tag = /<\/(think|thinking)>/i.exec(this.#held)
    if (tag) {
      this.#state = 'after'
      this.#held = this.#held.slice(tag.index + tag[0].length)
    } else this.#held = this.#held.slice(-closingUnits)
  }
}
