/**
 * Finds formulas in markdown: `\(…\)`, `\[…\]`, `$$…$$`, and `$…$` by pandoc's rule (pandoc manual, tex_math_dollars). No formula has a
 * blank line or a backtick. So code stays code, and an unclosed formula takes no later paragraph.
 */

export interface Formula {
  /** The source with its delimiters. */
  readonly raw: string
  readonly display: boolean
}

/** UTF-16 units of a formula. A longer text is none. */
export const maxFormulaUnits = 4_000
/** UTF-16 units of an unfinished inline formula. A longer one is text. */
const maxOpenUnits = 400

const closers: Readonly<Record<string, string>> = { '\\(': '\\)', '\\[': '\\]', $$: '$$', $: '$' }

/** The delimiter that opens at `index`, or null. */
function openerAt(text: string, index: number): string | null {
  if (text[index] === '$') return text[index + 1] === '$' ? '$$' : '$'
  const two = text.slice(index, index + 2)
  return two === '\\(' || two === '\\[' ? two : null
}

/** What ends the search for a closing delimiter: a blank line or code. */
const limit = /\n[ \t]*\n|`/g

/** The text from `index` in which a formula can end. */
function reachOf(text: string, index: number, units: number): string {
  const reach = text.slice(index, index + units)
  limit.lastIndex = 0
  const found = limit.exec(reach)
  return found ? reach.slice(0, found.index) : reach
}

/** The formula that starts at `index`. */
export function formulaAt(text: string, index: number): Formula | null {
  const opener = openerAt(text, index)
  const closer = opener && closers[opener]
  if (!opener || !closer) return null
  const reach = reachOf(text, index, maxFormulaUnits)
  const end = closerIn(reach, opener, closer)
  if (end === null) return null
  const raw = reach.slice(0, end + closer.length)
  return { raw, display: closer === '$$' || closer === '\\]' }
}

/** Index of the closing delimiter in `reach`, which starts with `opener`. */
function closerIn(reach: string, opener: string, closer: string): number | null {
  const start = opener.length
  if (!reach.includes(closer, start)) return null
  if (opener === '$' && /^\s|^$/.test(reach.slice(start, start + 1))) return null
  if (opener === '$$' && reach[start] === '$') return null
  for (let at = start; at < reach.length; at += 1) {
    if (reach.startsWith(closer, at)) {
      const content = reach.slice(start, at)
      if (content.trim() === '') return null
      if (opener === '$') return /\s$/.test(content) || /\d/.test(reach[at + 1] ?? '') || reach[at + 1] === '$' ? null : at
      if (opener === '$$') return reach[at + 2] === '$' || isWords(content) ? null : at
      return at
    }
    // An escaped sign closes nothing.
    if (reach[at] === '\\') at += 1
  }
  return null
}

/** Words between two `$$` on one line, as in “$$ or $$”. */
const isWords = (content: string): boolean => !content.includes('\n') && /^[\s,.;:/–-]*[\p{L}]{2,}[\p{L}\s,.;:/–-]*$/u.test(content)

/** The formula without its delimiters. */
export function texOf(raw: string): string {
  const units = raw.startsWith('$') && !raw.startsWith('$$') ? 1 : 2
  return raw.slice(units, -units)
}

interface Scan {
  readonly formulas: readonly { readonly at: number; readonly raw: string }[]
  /** Where a formula starts that the text does not end yet. */
  readonly open: number | null
}

/** Reads a text from left to right, and leaves out code and escaped signs. */
export function scanFormulas(text: string): Scan {
  const formulas: { at: number; raw: string }[] = []
  let open: number | null = null
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (sign === '`') {
      const run = /^`+/.exec(text.slice(at, at + 100))?.[0] ?? sign
      const end = closingRun(text, at + run.length, run)
      if (end < 0) break
      at = end - 1
    } else if (sign === '$' || sign === '\\') {
      const formula = formulaAt(text, at)
      if (formula) {
        formulas.push({ at, raw: formula.raw })
        at += formula.raw.length - 1
        continue
      }
      if (open === null && isOpen(text, at)) open = at
      if (sign === '\\' || text[at + 1] === '$') at += 1
    }
  }
  return { formulas, open }
}

/** Index after the backticks that close a code span, or -1. */
function closingRun(text: string, from: number, run: string): number {
  for (let at = text.indexOf(run, from); at >= 0; ) {
    let end = at
    while (text[end] === '`') end += 1
    if (end - at === run.length) return end
    at = text.indexOf(run, end)
  }
  return -1
}

/** Whether later text can close a formula that starts at `at`. A price is none: `$5`. */
function isOpen(text: string, at: number): boolean {
  const opener = openerAt(text, at)
  if (opener === null) return text[at] === '\\' && at === text.length - 1
  const rest = text.slice(at)
  if (rest.length > (opener === '\\[' || opener === '$$' ? maxFormulaUnits : maxOpenUnits)) return false
  if (reachOf(text, at, maxFormulaUnits) !== rest) return false
  if (opener !== '$') return true
  return rest === '$' || (/^\$\S/.test(rest) && (!/^\$[\d.]/.test(rest) || /[\\^{]/.test(rest)))
}
