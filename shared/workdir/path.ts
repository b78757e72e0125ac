/**
 * Paths of a session's working folder. Pure. A path has one spelling: relative, with `/`, NFC, without dot segments. Two paths that differ
 * only in case are one file, so a folder downloads to any system.
 */
import { limits } from '../api/limits.ts'
import { fail, ok, type Result } from '../result.ts'

/** Controls, marks of direction, and line separators: they hide what a name is. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
/** A percent-encoded byte. Some layer in between may decode it, and find a dot or a slash. */
const encoded = /%[0-9a-f]{2}/i

/** Why `segment` is no name of a file or folder, in words. Null: it is one. */
function segmentProblem(segment: string): string | null {
  // Compatibility forms of dots and slashes, such as U+FF0E and U+2025, count as what they look like.
  const plain = segment.normalize('NFKC')
  if (/[/\\]/.test(plain)) return 'must divide folders with "/"'
  if (/^[.\s]+$/.test(plain)) return 'must not leave the working folder: ".." is no name'
  if (segment !== segment.trim()) return 'must not have a space at the beginning or end of a name'
  if (segment.length > limits.fileNameUnits) return `must have at most ${limits.fileNameUnits} characters in each name`
  return null
}

/**
 * The one spelling of the path of a folder: empty for the working folder itself. `/a`, `./a` and `a//` are `a`. Fails with what is wrong,
 * as "must …".
 */
export function parseFolderPath(sent: string): Result<string, string> {
  if (sent.length > limits.pathUnits) return fail(`must have at most ${limits.pathUnits} characters`)
  if (!sent.isWellFormed() || hidden.test(sent)) return fail('must not have control characters or other invisible ones')
  if (encoded.test(sent)) return fail('must be written plainly, without percent-encoding')
  const segments = sent
    .normalize('NFC')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
  if (segments.length > limits.pathFolders) return fail(`must have at most ${limits.pathFolders} folders`)
  for (const segment of segments) {
    const problem = segmentProblem(segment)
    if (problem !== null) return fail(problem)
  }
  return ok(segments.join('/'))
}

/** The one spelling of the path of a file. Fails with what is wrong, as "must …". */
export function parseFilePath(sent: string): Result<string, string> {
  if (sent.endsWith('/')) return fail('must name a file, not a folder')
  const path = parseFolderPath(sent)
  return path.ok && path.value === '' ? fail('must name a file') : path
}

/** The key of a path: equal for paths that differ only in case. */
export const foldedPath = (path: string): string => path.normalize('NFKC').toLowerCase()

/** The folders that contain the path, the outermost first. */
export function parentsOf(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(0, -1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

/** The last name of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The folder that contains the path. Empty: the working folder. */
export const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0))
