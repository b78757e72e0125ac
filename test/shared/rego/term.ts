/** Parses a Rego term without variables: JSON with sets and trailing commas. Some cases write their input so. */
import { parseNumber } from '../../../shared/rego/number.ts'
import { Dict, type RegoValue, SetOf } from '../../../shared/rego/value.ts'

export function parseTerm(text: string): RegoValue {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|set\(\)|[a-z]+|[[\]{}:,]/g) ?? []
  let at = 0
  const list = (end: string, add: () => void) => {
    while (tokens[at] !== end) {
      add()
      if (tokens[at] === ',') at++
    }
    at++
  }
  const term = (): RegoValue => {
    const token = tokens[at++] ?? ''
    if (token === '[') {
      const created: RegoValue[] = []
      list(']', () => created.push(term()))
      return created
    }
    if (token === '{') {
      const object = new Dict()
      const set = new SetOf()
      list('}', () => {
        const key = term()
        if (tokens[at] !== ':') return set.add(key)
        at++
        object.set(key, term())
      })
      return set.size > 0 ? set : object
    }
    if (token === 'set()') return new SetOf()
    if (/^[-\d]/.test(token)) return parseNumber(token) ?? 0
    return JSON.parse(token) as RegoValue
  }
  return term()
}
