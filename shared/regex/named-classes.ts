/** The named ASCII classes of RE2. Pure. */
import type { Range } from './char-class.ts'

const span = (text: string): Range => [text.charCodeAt(0), text.charCodeAt(1)]
const spans = (...texts: string[]): readonly Range[] => texts.map(span)

/** The classes `\d`, `\w` and `\s`, by letter. ASCII only. */
export const perlClasses: Readonly<Record<string, readonly Range[]>> = {
  d: spans('09'),
  w: spans('09', 'AZ', 'az', '__'),
  s: [
    [9, 10],
    [12, 13],
    [32, 32],
  ],
}

/** The classes `[[:name:]]`, by name. */
export const posixClasses: Readonly<Record<string, readonly Range[]>> = {
  alnum: spans('09', 'AZ', 'az'),
  alpha: spans('AZ', 'az'),
  ascii: [[0, 127]],
  blank: spans('\t\t', '  '),
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit: spans('09'),
  graph: [[33, 126]],
  lower: spans('az'),
  print: [[32, 126]],
  punct: spans('!/', ':@', '[`', '{~'),
  space: [
    [9, 13],
    [32, 32],
  ],
  upper: spans('AZ'),
  word: spans('09', 'AZ', 'az', '__'),
  xdigit: spans('09', 'AF', 'af'),
}

/** Whether a UTF-16 unit is an ASCII letter, a digit or `_`. */
export const isWordUnit = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57) || unit === 95
