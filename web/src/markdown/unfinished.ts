/** Closes or holds back the syntax at the end of an unfinished text. So no marker shows for a moment. */
import remend from 'remend'
import { scanFormulas } from './formula.ts'
import { tagNames } from './html-syntax.ts'

/** `isTable`: whether a text has a table. */
export function closeSyntax(text: string, isTable: (text: string) => boolean): string {
  const open = scanFormulas(text).open
  const whole = withoutUnfinishedLines(open === null ? text : text.slice(0, open), isTable)
  const { formulas } = scanFormulas(whole)
  // Signs in a formula open nothing.
  let masked = ''
  let from = 0
  for (const { at, raw } of formulas) {
    masked += `${whole.slice(from, at)}${mask}`
    from = at + raw.length
  }
  const closed = remend(masked + whole.slice(from), { linkMode: 'text-only', katex: false })
  return formulas.reduce((result, { raw }) => result.replace(mask, () => raw), closed)
}

/** Stands for a formula: a unit that no text uses, from the private use area. */
const mask = '\uF8FE'

/** Removes the start of a tag at the end, if the tag may be one of those that are let through. */
const withoutHalfTag = (text: string): string =>
  text.replace(/<\/?([a-z]*)(?: open)?[ \t]*\/?$/i, (half, name: string) =>
    tagNames.some((tag) => tag.startsWith(name.toLowerCase())) ? '' : half,
  )

/** Removes what is unfinished at the end: a line of markers only, a table without its delimiter row, half a tag, half a footnote. */
function withoutUnfinishedLines(text: string, isTable: (text: string) => boolean): string {
  const half = withoutHalfTag(text)
    .replace(/(^|\n)[ \t]*(?:[#>*+\-_~`=|]+|\d{1,3}[.)]?)[ \t]*$/, '$1')
    .replace(/(?:(^|\n) {0,3}\[\^[^\s[\]]{0,60}\]:?|\[\^[^\s[\]]{0,60})$/, '$1')
  // Removes an opening marker that no word follows yet.
  return withoutUnfinishedTable(half.replace(/(^|[\s(])(?:[*_~]{1,3}|`+|!?\[)$/, '$1'), isTable)
}

/** Removes the last paragraph if it is a row of cells, and at most the start of a delimiter row. */
function withoutUnfinishedTable(text: string, isTable: (text: string) => boolean): string {
  const start = `\n${text}`.lastIndexOf('\n\n') + 1
  const [row = '', delimiters = '', ...more] = text.slice(start).split('\n', 3)
  if (more.length > 0 || !row.trimStart().startsWith('|') || !isDelimiters(delimiters)) return text
  return isTable(text.slice(start)) ? text : text.slice(0, start)
}

/** Whether a line has only what a delimiter row can have. */
function isDelimiters(line: string): boolean {
  for (const sign of line) if (!' \t:|-'.includes(sign)) return false
  return true
}
