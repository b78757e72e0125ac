/** Removes a model's thoughts from the start of its text: `<think>…</think>` or `<thinking>…</thinking>`. Pure. */

const opening = /^\s*<(think|thinking)>/i
/** What may still become an opening tag. */
const maybeOpening = /^\s*(<(t(h(i(n(k(i(n(g)?)?)?)?)?)?)?)?)?$/i
/** Longest start of a closing tag that may wait for the rest. */
const closingUnits = '</thinking>'.length - 1

export class ThinkingFilter {
  #state: 'start' | 'thinking' | 'after' | 'answer' = 'start'
  #pending = ''

  /** The part of the answer that `text` completes. */
  add(text: string): string {
    if (this.#state === 'answer') return text
    this.#pending += text
    if (this.#state === 'start') this.#start()
    if (this.#state === 'thinking') this.#think()
    if (this.#state === 'after') this.#pending = this.#pending.trimStart()
    if (this.#state === 'start' || this.#state === 'thinking' || this.#pending === '') return ''
    this.#state = 'answer'
    return this.rest()
  }

  /** The text that waited, when no more comes. A thought without an end is not part of the answer. */
  rest(): string {
    const pending = this.#state === 'thinking' ? '' : this.#pending
    this.#pending = ''
    return pending
  }

  #start(): void {
    const tag = opening.exec(this.#pending)
    if (tag) {
      this.#state = 'thinking'
      this.#pending = this.#pending.slice(tag[0].length)
    } else if (!maybeOpening.test(this.#pending)) this.#state = 'answer'
  }

  #think(): void {
    const tag = /<\/(think|thinking)>/i.exec(this.#pending)
    if (tag) {
      this.#state = 'after'
      this.#pending = this.#pending.slice(tag.index + tag[0].length)
    } else this.#pending = this.#pending.slice(-closingUnits)
  }
}
