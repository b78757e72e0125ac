import type { limits } from '../../../shared/api/limits.ts'
import { ApiError } from '../../../shared/client/errors.ts'
import { go } from '../navigation/go.ts'
import { api } from './api.ts'
import { changed, refresh } from './sessions.ts'
import { showToast } from './toast.ts'
import { withErrorToast } from './with-error-toast.ts'

/** The API's limit for one import. */
const maxImportBytes = 25_000_000 satisfies (typeof limits)['importBytes']

/** Forks the session after a turn and opens the new session. */
export async function forkSession(sessionId: string, turnId: string): Promise<void> {
  await withErrorToast('The new chat could not be created.', async () => {
    const { session_id } = await api.fork(sessionId, turnId)
    await refresh()
    changed()
    go(`/c/${session_id}`)
    showToast('New chat with everything up to here. The original is unchanged.')
  })
}

/** Downloads the session as a file. */
export async function exportToFile(sessionId: string, title: string): Promise<void> {
  await withErrorToast('Not exported.', async () => {
    const address = URL.createObjectURL(await api.exportSession(sessionId))
    const link = document.createElement('a')
    link.href = address
    link.download = `${fileName(title)}.json`
    link.click()
    setTimeout(() => URL.revokeObjectURL(address), 10_000)
  })
}

/** Opens a file dialog and imports the chosen files. */
export function chooseImport(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.json,application/json'
  input.multiple = true
  input.addEventListener('change', () => void importFiles([...(input.files ?? [])]))
  input.click()
}

export async function importFiles(files: readonly File[]): Promise<void> {
  const sizeError = sizeErrorOf(files)
  if (files.length === 0) return
  if (sizeError !== null) return showToast(sizeError, 'error')
  const chats = await Promise.all(files.map((file) => file.text()))
  const invalid = files.find((_, at) => !isExport(chats[at] ?? ''))
  if (invalid !== undefined) return showToast(`Not imported: “${invalid.name}” is not an exported conversation.`, 'error')
  await withErrorToast('Not imported.', async () => {
    const [first] = await api.importSessions(chats).catch(rewordValidation)
    await refresh()
    changed()
    if (first !== undefined) go(`/c/${first}`)
    showToast(files.length === 1 ? 'Conversation imported' : `${files.length} conversations imported`)
  })
}

/** Rewords a validation error: the server names a field, the user needs to know that the file is damaged. */
function rewordValidation(error: unknown): never {
  const pointer = error instanceof ApiError ? error.problem.errors?.[0]?.pointer : undefined
  if (!(error instanceof ApiError) || pointer === undefined) throw error
  const detail = `The file is damaged, or was exported by another version (at ${pointer}).`
  throw new ApiError({ ...error.problem, detail, errors: [] })
}

function sizeErrorOf(files: readonly File[]): string | null {
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  return bytes > maxImportBytes
    ? `Not imported: at most ${maxImportBytes / 1_000_000} MB at a time, and this is ${Math.ceil(bytes / 1_000_000)} MB.`
    : null
}

/** Whether a text looks like an export. The server validates its content. */
function isExport(text: string): boolean {
  try {
    const file: unknown = JSON.parse(text)
    return typeof file === 'object' && file !== null && 'version' in file && 'events' in file
  } catch {
    return false
  }
}

/** Reduces a title to characters that every file system accepts. */
const fileName = (title: string): string =>
  title
    .replace(/[^\p{L}\p{N} _-]+/gu, '')
    .trim()
    .slice(0, 60) || 'conversation'
