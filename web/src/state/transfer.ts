/** Conversations as files in the web app: fork, export, import. */
import { ApiError } from '../../../shared/client/errors.ts'
import { go } from '../navigation/go.ts'
import { state } from '../strings/state.ts'
import { api } from './api.ts'
import { batchesOf } from './import-batches.ts'
import type { ImportResult } from './import-result.ts'
import { overlay } from './overlay.ts'
import { changed, refresh } from './sessions.ts'
import { showToast } from './toast.ts'
import { withErrorToast } from './with-error-toast.ts'

/** Forks the session after a turn and opens the new session. */
export async function forkSession(sessionId: string, turnId: string): Promise<void> {
  await withErrorToast(state.failed.fork, async () => {
    const { session_id } = await api.fork(sessionId, turnId)
    await refresh()
    changed()
    go(`/c/${session_id}`)
    showToast(state.forked)
  })
}

const extensions = { json: 'json', markdown: 'md' } as const

/** Downloads the session as a file. */
export async function exportToFile(sessionId: string, title: string, format: keyof typeof extensions = 'json'): Promise<void> {
  await withErrorToast(state.failed.exportFile, async () => {
    const address = URL.createObjectURL(await api.exportSession(sessionId, { format }))
    const link = document.createElement('a')
    link.href = address
    link.download = `${fileName(title)}.${extensions[format]}`
    link.click()
    setTimeout(() => URL.revokeObjectURL(address), 10_000)
  })
}

/** Opens a file dialog and imports the chosen files. */
export function chooseImport(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.json,.ndjson,.jsonl,application/json'
  input.multiple = true
  input.addEventListener('change', () => void importFiles([...(input.files ?? [])]))
  input.click()
}

/** Imports files one after the other, and reports the result of each conversation. One bad file does not stop the others. */
export async function importFiles(files: readonly File[]): Promise<void> {
  if (files.length === 0) return
  await withErrorToast(state.failed.importFile, async () => {
    const results: ImportResult[] = []
    for (const file of files) for (const body of batchesOf(await file.text())) results.push(...(await importBody(file.name, body)))
    const imported = results.filter(({ ctxid }) => ctxid !== null)
    if (imported.length > 0) {
      await refresh()
      changed()
    }
    const [first] = imported
    if (first?.ctxid) go(`/c/${first.ctxid}`)
    if (results.some(({ notes, reasons }) => notes.length + reasons.length > 0)) overlay.set({ kind: 'import-report', results })
    else showToast(state.imported({ count: imported.length }))
  })
}

/** Imports one request's worth of a file. A file that the server refuses as a whole is one result. */
async function importBody(file: string, body: string): Promise<ImportResult[]> {
  try {
    const { conversations } = await api.importFile(new Blob([body], { type: 'application/json' }))
    return conversations.map(({ title, ctxid, notes, errors }) => ({ file, title, ctxid, notes, reasons: errors.map(toReason) }))
  } catch (error) {
    if (!(error instanceof ApiError) || (error.problem.status !== 400 && error.problem.status !== 413)) throw error
    const reasons = error.problem.errors?.map(toReason) ?? [error.problem.detail]
    return [{ file, title: '', ctxid: null, notes: [], reasons: reasons.slice(0, maxReasons) }]
  }
}

/** Reasons of one refused file. */
const maxReasons = 5

/** A sentence of the server about the file, with the place if it is one inside of our own export. */
const toReason = ({ pointer, detail }: { readonly pointer: string; readonly detail: string }): string =>
  pointer.includes('/events') ? state.importReasons.damaged({ detail: `${pointer} ${detail}` }) : sentence(detail)

/** The server's text is about the value: “must be …”. */
const sentence = (detail: string): string =>
  detail.startsWith('must ') || detail.startsWith('is ') ? state.importReasons.invalid({ detail }) : detail

/** Reduces a title to characters that every file system accepts. */
const fileName = (title: string): string =>
  title
    .replace(/[^\p{L}\p{N} _-]+/gu, '')
    .trim()
    .slice(0, 60) || state.fileName
