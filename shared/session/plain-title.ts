/** Titles: the first sentence of a message, and a line of markdown as a title shows it. Pure. */
import { limits } from '../api/limits.ts'

/** The longest marked part that loses its marks, in UTF-16 units: it bounds the search for the end of each part. */
const marked = '{1,200}?'

/** Each pattern, and what stays of it. Links before emphasis, because a link may have emphasis in its text. */
const marks: readonly (readonly [RegExp, string])[] = [
  // Fences of code, with the name of the language.
  [/```(?:[\w+-]{1,20}(?=\s))?/gu, ''],
  // Marks of a heading, a quotation or a list.
  [/^(?:(?:#{1,6}|[>*+-]|\d{1,2}[.)])\s+)+/u, ''],
  [new RegExp(`!?\\[([^\\[\\]]${marked})\\]\\([^()\\s]{0,500}\\)`, 'gu'), '$1'],
  [new RegExp(`(\\*\\*\\*|\\*\\*|__|~~)(?=\\S)(.${marked})(?<=\\S)\\1`, 'gu'), '$2'],
  [new RegExp(`(?<![\\p{L}\\p{N}*])\\*(?=[^\\s*])([^*]${marked})(?<=\\S)\\*(?![\\p{L}\\p{N}*])`, 'gu'), '$1'],
  [new RegExp(`(?<![\\p{L}\\p{N}_])_(?=[^\\s_])([^_]${marked})(?<=\\S)_(?![\\p{L}\\p{N}_])`, 'gu'), '$1'],
  [new RegExp(`\`([^\`]${marked})\``, 'gu'), '$1'],
]

/** The end of a sentence. A full stop counts after a word of three letters, so `e.g. this` and `3. May` stay whole. */
const sentenceEnd = /[!?…]["'”’)]*(?=\s|$)|[。！？]|(?<=\p{L}{3}["'”’)]*)\.["'”’)]*(?=\s|$)/u

/** The first sentence of `line`, with its mark. */
export function firstSentence(line: string): string {
  const end = sentenceEnd.exec(line)
  return end ? line.slice(0, end.index + end[0].length) : line
}

/** `line` without the marks of markdown. If nothing else is left, the line itself. */
export function plainTitle(line: string): string {
  const plain = marks.reduce((text, [pattern, kept]) => text.replace(pattern, kept), line)
  const title = plain.replace(/\s+/gu, ' ').trim()
  return title === '' ? line : title
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const titleGraphemes = 60

/** The default title: the first sentence of the first message, without markdown, in at most 60 graphemes. */
export const titleFrom = (text: string): string =>
  cutTitle(firstSentence(plainTitle(text.trimStart().slice(0, 4_000).toWellFormed().replace(/\s+/gu, ' ').trim())))

/** The first 60 graphemes of `line`, within the limit of a title. */
export function cutTitle(line: string): string {
  let title = ''
  let count = 0
  for (const { segment } of graphemes.segment(line)) {
    if (++count > titleGraphemes || title.length + segment.length > limits.titleUnits) break
    title += segment
  }
  return title.trimEnd()
}
