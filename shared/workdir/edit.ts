/** Replaces a passage of a file. Pure. */
import { fail, ok, type Result } from '../result.ts'

/** What replaces what. `all`: every occurrence. */
export interface Edit {
  readonly old: string
  readonly new: string
  readonly all: boolean
}

/** The new text and the number of replacements. Fails in words for a model if `old` is missing, or is there more than once without `all`. */
export function applyEdit(text: string, edit: Edit): Result<{ readonly text: string; readonly count: number }, string> {
  if (edit.old === edit.new) return fail('The old and the new text are the same, so nothing would change.')
  const parts = text.split(edit.old)
  const count = parts.length - 1
  if (count === 0)
    return fail('The file does not have the old text. It must match exactly, spaces and line breaks too. Read the file first.')
  if (count > 1 && !edit.all)
    return fail(`The file has the old text ${count} times. Give more of the text around it, or set "all" to replace every one.`)
  return ok({ text: parts.join(edit.new), count })
}

/** The lines of `text` from `offset` on, at most `limit`. The first line has the number 1. */
export function linesOf(text: string, offset: number, limit: number): { readonly text: string; readonly next: number | null } {
  const lines = text.split('\n')
  const end = offset - 1 + limit
  return { text: lines.slice(offset - 1, end).join('\n'), next: end < lines.length ? end + 1 : null }
}
