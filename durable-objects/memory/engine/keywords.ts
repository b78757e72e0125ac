/** Which memories hold a term: by an index of three letters in a row, of pairs of characters, or of words. No text is read whole. */
import { isUnspaced } from '../../../shared/memory/engine/terms.ts'
import { toFtsQuery } from '../../../shared/memory/fts-query.ts'

/**
 * How a term is looked for. `exact`: anywhere in the text, as it stands. Otherwise: its words, in any order. A term of one or two letters
 * is a whole word, except in Chinese, Japanese and Thai.
 */
export interface TermRule {
  readonly exact: boolean
  readonly caseSensitive: boolean
}

/** The slots of the memories that hold `term`. */
export function slotsWith(sql: SqlStorage, term: string, { exact, caseSensitive }: TermRule): number[] {
  const text = term.normalize('NFC')
  const [index, match] = exact ? exactMatch(text) : (['entry_word', wordMatch(text)] as const)
  if (match === null) return []
  const parts = caseSensitive ? (exact ? [text] : words(text)) : []
  const query = `SELECT slot FROM entry WHERE n IN (SELECT rowid FROM ${index} WHERE ${index} MATCH ?)${' AND instr(text, ?)'.repeat(parts.length)}`
  return Array.from(sql.exec(query, match, ...parts).raw<[number]>(), ([slot]) => slot)
}

const words = (text: string): string[] => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** A search of the column `text`. Null: the term has no word. */
function wordMatch(text: string): string | null {
  const query = toFtsQuery(text)
  return query === null ? null : `{text} : (${query})`
}

/** The index that finds the text, and its query. Null: the term has no letter that an index holds. */
function exactMatch(text: string): readonly ['entry_gram' | 'entry_word', string | null] {
  const { length } = [...text]
  if (length >= 3) return ['entry_gram', quoted(text)]
  if (isUnspaced(text)) return ['entry_word', `{pairs} : ${quoted(text)}${length === 1 ? ' *' : ''}`]
  return ['entry_word', words(text).length === 0 ? null : `{text} : ${quoted(text)}`]
}
