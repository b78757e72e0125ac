/** Parses a Rego term without variables: JSON with sets and trailing commas. Some test cases write their input in this form. */
import { parseNumber } from '../../../shared/rego/number.ts'
import { Dict, RegoSet, type RegoValue } from '../../../shared/rego/value.ts'

export function parseTerm(text: string): RegoValue {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|set\(\)|[a-z]+|[[\]{}:,]/g) ?? []
  let position = 0
  const list = (end: string, add: () => void) => {
    while (tokens[position] !== end) {
      add()
      if (tokens[position] === ',') position++
    }
    position++
  }
  const term = (): RegoValue => {
    const token = tokens[position++] ?? ''
    if (token === '[') {
      const created: RegoValue[] = []
      list(']', () => created.push(term()))
      return created
    }
    if (token === '{') {
      const object = new Dict()
      const set = new RegoSet()
      list('}', () => {
        const key = term()
        if (tokens[position] !== ':') return set.add(key)
        position++
        object.set(key, term())
      })
      return set.size > 0 ? set : object
    }
    if (token === 'set()') return new RegoSet()
    if (/^[-\d]/.test(token)) return parseNumber(token) ?? 0
    return JSON.parse(token) as RegoValue
  }
  return term()
}
