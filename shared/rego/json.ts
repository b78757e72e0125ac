/** Parses and writes JSON with exact numbers and bounded nesting. Pure. */
import { spend } from './meter.ts'
import { parseNumber } from './number.ts'
import { TextWriter } from './text-writer.ts'
import { compareStrings, Dict, entriesOf, formatKey, isArray, isNum, isObj, RegoSet, type RegoValue } from './value.ts'

const numeral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Nesting limit. OPA's decoder allows 10,000, which could overflow the stack. */
const maxDepth = 1000

/** The value of `text`, or undefined for invalid JSON. The last one of repeated keys counts. */
export function parseJson(text: string): RegoValue | undefined {
  const reader = new JsonReader(text)
  try {
    const value = reader.value(0)
    return reader.atEnd() ? value : undefined
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined
    throw fault
  }
}

class JsonReader {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  atEnd(): boolean {
    this.#space()
    return this.#position === this.#text.length
  }

  value(depth: number): RegoValue {
    if (depth > maxDepth) throw new SyntaxError('nested too deeply')
    this.#space()
    switch (this.#text[this.#position]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
    }
    numeral.lastIndex = this.#position
    const match = numeral.exec(this.#text)
    const value = match ? parseNumber(match[0]) : null
    if (!match || value === null) throw new SyntaxError('no value')
    this.#position += match[0].length
    return value
  }

  #space(): void {
    for (
      let code = this.#text.charCodeAt(this.#position);
      code === 32 || code === 10 || code === 13 || code === 9;
      code = this.#text.charCodeAt(this.#position)
    )
      this.#position++
  }

  #take(expected: string): boolean {
    this.#space()
    if (this.#text[this.#position] !== expected) return false
    this.#position++
    return true
  }

  #expect(expected: string): void {
    if (!this.#take(expected)) throw new SyntaxError(`no ${expected}`)
  }

  #literal<T extends RegoValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#position)) throw new SyntaxError('no value')
    this.#position += word.length
    return value
  }

  #string(): string {
    const from = this.#position
    const { length } = this.#text
    for (this.#position++; this.#position < length; this.#position++) {
      const code = this.#text.charCodeAt(this.#position)
      if (code === 92) this.#position++
      else if (code === 34) return JSON.parse(this.#text.slice(from, ++this.#position)) as string
    }
    throw new SyntaxError('no end of string')
  }

  #array(depth: number): RegoValue {
    this.#position++
    const result: RegoValue[] = []
    if (this.#take(']')) return result
    do result.push(this.value(depth + 1))
    while (this.#take(','))
    this.#expect(']')
    return result
  }

  #object(depth: number): RegoValue {
    this.#position++
    const result = new Dict()
    if (this.#take('}')) return result
    do {
      this.#space()
      if (this.#text[this.#position] !== '"') throw new SyntaxError('no key')
      const key = this.#string()
      this.#expect(':')
      result.set(key, this.value(depth + 1))
    } while (this.#take(','))
    this.#expect('}')
    return result
  }
}

/** `value` as JSON like Go's: keys sorted, and HTML characters escaped. `indent` puts each member on its own line. */
export function formatJson(value: RegoValue, prefix = '', indent: string | null = null): string {
  const writer = new TextWriter()
  const write = (current: RegoValue, margin: string): void => {
    if (typeof current === 'string') writer.json(current)
    else if (isNum(current)) writer.number(current)
    else if (isArray(current) || current instanceof RegoSet) {
      writeList('[', ']', isArray(current) ? current : current.sorted(), margin, write)
    } else if (isObj(current)) {
      const pairs = Array.from(entriesOf(current), ([key, member]): [string, RegoValue] => [formatKey(key), member])
      spend(pairs.length)
      pairs.sort((a, b) => compareStrings(a[0], b[0]))
      writeList('{', '}', pairs, margin, ([key, member], innerMargin) => {
        writer.json(key)
        writer.write(indent === null ? ':' : ': ')
        write(member, innerMargin)
      })
    } else writer.write(String(current))
  }
  const writeList = <T>(
    open: string,
    close: string,
    members: readonly T[],
    margin: string,
    writeMember: (member: T, margin: string) => void,
  ): void => {
    writer.write(open)
    const innerMargin = indent === null ? '' : margin + indent
    for (const [index, member] of members.entries()) {
      if (index > 0) writer.write(',')
      if (indent !== null) writer.write(`\n${innerMargin}`)
      writeMember(member, innerMargin)
    }
    if (indent !== null && members.length > 0) writer.write(`\n${margin}`)
    writer.write(close)
  }
  write(value, prefix)
  return writer.text
}
