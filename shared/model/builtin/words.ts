/** Splits text: words to stream, sentences to quote, terms to compare. Pure. Uses Unicode segmentation, so no grapheme is cut. */

const wordBreaks = new Intl.Segmenter('en', { granularity: 'word' })
const sentenceBreaks = new Intl.Segmenter('en', { granularity: 'sentence' })
const graphemeBreaks = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** `text` in pieces of one word and everything up to the next word. Joined, they equal `text`. */
export function* words(text: string): Generator<string> {
  let piece = ''
  let hasWord = false
  for (const { segment, isWordLike } of wordBreaks.segment(text)) {
    if (isWordLike && hasWord) {
      yield piece
      piece = ''
    }
    piece += segment
    hasWord ||= isWordLike === true
  }
  if (piece !== '') yield piece
}

/** The sentences of `text`, each on one line. */
export const sentences = (text: string): string[] =>
  Array.from(sentenceBreaks.segment(text), ({ segment }) => oneLine(segment)).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))

/** `text` with each run of white space as one space. */
export const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').trim()

/** The first `limit` graphemes of `text` on one line, with … if there are more. */
export function shorten(text: string, limit: number): string {
  const line = oneLine(text)
  // A grapheme has at least one unit, so a text this short needs no counting.
  if (line.length <= limit) return line
  const segments: string[] = []
  for (const { segment } of graphemeBreaks.segment(line)) {
    if (segments.length === limit) return `${segments.join('').trimEnd()}…`
    segments.push(segment)
  }
  return line
}

/** A user's sentence in quotation marks. */
export const quote = (sentence: string): string => `“${shorten(sentence, 300)}”`

/** The terms of `text` for comparison: no case, no accents, no common endings, no stop words. */
export function terms(text: string): string[] {
  const stems: string[] = []
  for (const { segment, isWordLike } of wordBreaks.segment(text)) {
    if (!isWordLike) continue
    const word = segment
      .toLowerCase()
      .normalize('NFKD')
      .replace(/\p{M}|['’]s$/gu, '')
      .replace(/['’]/g, '')
    if (word !== '' && !stopWords.has(word)) stems.push(stem(word))
  }
  return stems
}

/** Removes plural and verb endings of long enough words. Words that differ in more stay different. */
function stem(word: string): string {
  if (!/^[a-z]{4,}$/.test(word)) return word
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  if (/(?:ss|us|is)$/.test(word)) return word
  const singular = /(?:sh|ch|x|z)es$/.test(word) ? word.slice(0, -2) : word.endsWith('s') ? word.slice(0, -1) : word
  const root = singular.replace(/(?<=...)(?:ing|ed)$/, '')
  // `live`, `lived` and `living` become `liv`; `our` and `or` are spelling variants.
  return root.replace(/our/, 'or').replace(/(?<=..)e$/, '')
}

const stopWords = new Set(
  `a about actually after again all also am an and any are as at be because been before being but by can could did do does doing done
  for from had has have having he her hers him his how i if im in into is it its ive just know let lets like me mine more most my no not
  now of off on once only or other our ours out over please remember said same say says she should so some tell than that the their them
  then there these they this those to too told up us very was we were what whats when where which while who whom whose why will with
  would yes you your yours mention mentioned talk talked`.split(/\s+/),
)
