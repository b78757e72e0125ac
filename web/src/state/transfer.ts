/** Conversations that leave, come in, or go on elsewhere. */
import { ApiError } from '../../../shared/client/errors.ts'
import { go } from '../navigation/go.ts'
import { api } from './api.ts'
import { attempt } from './attempt.ts'
import { changed, refresh } from './sessions.ts'
import { showToast } from './toast.ts'

/** The API's limit for one import. */
const mostBytes = 25_000_000

/** Begins a conversation with what was said up to the end of a turn, and goes there. */
export async function continueElsewhere(sessionId: string, turnId: string): Promise<void> {
  await attempt('The new chat could not be made.', async () => {
    const { session_id } = await api.fork(sessionId, turnId)
    await refresh()
    changed()
    go(`/c/${session_id}`)
    showToast('A new chat with everything up to here. The other one stays as it is.')
  })
}

/** Hands the whole conversation to the browser, as a file. */
export async function exportToFile(sessionId: string, title: string): Promise<void> {
  await attempt('Not exported.', async () => {
    const address = URL.createObjectURL(await api.exportSession(sessionId))
    const link = document.createElement('a')
    link.href = address
    link.download = `${fileName(title)}.json`
    link.click()
    setTimeout(() => URL.revokeObjectURL(address), 10_000)
  })
}

/** Asks for exported files, and makes conversations of them. */
export function chooseImport(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.json,application/json'
  input.multiple = true
  input.addEventListener('change', () => void importFiles([...(input.files ?? [])]))
  input.click()
}

export async function importFiles(files: readonly File[]): Promise<void> {
  const trouble = unfit(files)
  if (files.length === 0) return
  if (trouble !== null) return showToast(trouble, 'error')
  const chats = await Promise.all(files.map((file) => file.text()))
  const odd = files.find((_, at) => !isExport(chats[at] ?? ''))
  if (odd !== undefined) return showToast(`Not imported: “${odd.name}” is not an exported conversation.`, 'error')
  await attempt('Not imported.', async () => {
    const [first] = await api.importSessions(chats).catch(inOwnWords)
    await refresh()
    changed()
    if (first !== undefined) go(`/c/${first}`)
    showToast(files.length === 1 ? 'Conversation imported' : `${files.length} conversations imported`)
  })
}

/** What the server finds wrong is a place in the file; whoever chose the file needs another sentence. */
function inOwnWords(error: unknown): never {
  const place = error instanceof ApiError ? error.problem.errors?.[0]?.pointer : undefined
  if (!(error instanceof ApiError) || place === undefined) throw error
  const detail = `The file is damaged, or was made by another version (at ${place}).`
  throw new ApiError({ ...error.problem, detail, errors: [] })
}

function unfit(files: readonly File[]): string | null {
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  return bytes > mostBytes
    ? `Not imported: at most ${mostBytes / 1_000_000} MB at a time, and this is ${Math.ceil(bytes / 1_000_000)} MB.`
    : null
}

/** Whether it looks like one; what is in it, the server judges. */
function isExport(text: string): boolean {
  try {
    const file: unknown = JSON.parse(text)
    return typeof file === 'object' && file !== null && 'version' in file && 'events' in file
  } catch {
    return false
  }
}

/** A title that every file system takes. */
const fileName = (title: string): string =>
  title
    .replace(/[^\p{L}\p{N} _-]+/gu, '')
    .trim()
    .slice(0, 60) || 'conversation'
