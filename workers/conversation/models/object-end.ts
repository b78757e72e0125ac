/** Finds where a JSON object ends while its text arrives. Pure. It reads each character once. */
export class ObjectEnd {
  /** Whether the text so far holds one whole object. */
  isReached = false
  #depth = 0
  #isInString = false
  #isEscaped = false
  #isObject: boolean | undefined

  /** The part of `text` that belongs to the object: all of it, until the object ends. Text that is not an object never ends. */
  add(text: string): string {
    if (this.isReached) return ''
    for (let position = 0; position < text.length; position++) {
      this.#read(text.charAt(position))
      if (this.isReached) return text.slice(0, position + 1)
    }
    return text
  }

  #read(character: string): void {
    if (this.#isObject === undefined && character.trim() !== '') this.#isObject = character === '{'
    if (!this.#isObject) return
    if (this.#isEscaped) this.#isEscaped = false
    else if (this.#isInString && character === '\\') this.#isEscaped = true
    else if (character === '"') this.#isInString = !this.#isInString
    else if (this.#isInString) return
    else if (character === '{' || character === '[') this.#depth += 1
    else if (character === '}' || character === ']') {
      this.#depth -= 1
      this.isReached = this.#depth === 0
    }
  }
}
