/** The texts of a payload, and the terms of a query that a text may hold. Pure. */

/** Terms of one query, at most. */
export const maxTerms = 16
/** Levels of a payload. */
export const maxPayloadDepth = 8

/** The strings of a payload, in order, a line each. They are what a search reads. */
export function payloadText(payload: unknown): string {
  const texts: string[] = []
  const collect = (value: unknown, depth: number): void => {
    if (typeof value === 'string') texts.push(value)
    else if (typeof value === 'object' && value !== null && depth <= maxPayloadDepth)
      for (const part of Object.values(value)) collect(part, depth + 1)
  }
  collect(payload, 0)
  return texts.join('\n')
}

/** The first fault of a payload, as a sentence, or null. */
export function payloadFault(payload: unknown, depth = 0): string | null {
  if (depth > maxPayloadDepth) return `must have at most ${maxPayloadDepth} levels`
  if (typeof payload === 'number') return Number.isFinite(payload) ? null : 'must hold finite numbers only'
  if (typeof payload === 'string') return payload.isWellFormed() ? null : 'must be well-formed Unicode (RFC 7493 §2.1)'
  if (typeof payload !== 'object' || payload === null) return null
  for (const [key, value] of Object.entries(payload)) {
    const fault = key.isWellFormed() ? payloadFault(value, depth + 1) : 'must be well-formed Unicode (RFC 7493 §2.1)'
    if (fault !== null) return fault
  }
  return null
}

/** A run of text without spaces between words: Chinese, Japanese or Thai. */
const unspacedRun = /(?:\p{sc=Han}|\p{sc=Hiragana}|\p{sc=Katakana}|\p{sc=Thai})+/gu

/** Whether all of a text is without spaces between words. */
export const isUnspaced = (text: string): boolean => text.replaceAll(unspacedRun, '') === ''

/** Each character of the runs without spaces, with the one that follows it. An index of them finds words of one or two characters. */
export const characterPairs = (text: string): string =>
  [...text.matchAll(unspacedRun)]
    .flatMap(([run]) => {
      const characters = [...run]
      return characters.map((character, index) => character + (characters[index + 1] ?? ''))
    })
    .join(' ')

/** Quoted phrases, hexadecimal numbers, words of four letters or more, and runs without spaces between words. */
export function queryTerms(query: string): string[] {
  const text = query.normalize('NFC')
  const phrases = [...text.matchAll(/"([^"]{1,200})"/gu)].map(([, phrase = '']) => phrase.trim())
  const rest = text.replaceAll(/"[^"]{1,200}"/gu, ' ')
  const runs = rest.match(unspacedRun) ?? []
  const words = (rest.replaceAll(unspacedRun, ' ').match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).filter(
    (word) => /^0x/i.test(word) || [...word].length >= 4,
  )
  return [...new Set([...phrases, ...words, ...runs].filter((term) => term !== ''))].slice(0, maxTerms)
}
