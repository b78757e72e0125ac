/** Pins and archives conversations in the user's list. */
import type { ListEntry, SessionList } from '../../../shared/api/sessions.ts'
import { changed, replace, unlist } from '../state/sessions.ts'
import { showToast } from '../state/toast.ts'
import { transport } from '../state/transport.ts'
import { withErrorToast } from '../state/with-error-toast.ts'
import { sessions as strings } from '../strings/sessions.ts'

const put = (sessionId: string, entry: ListEntry) =>
  transport('PATCH', `/v1/sessions/${encodeURIComponent(sessionId)}/list-entry`, { body: entry })

export async function pin(sessionId: string, pinned: boolean): Promise<void> {
  await withErrorToast(pinned ? strings.entry.pinFailed : strings.entry.unpinFailed, async () => {
    await put(sessionId, { pinned })
    replace(sessionId, { pinned })
    changed()
  })
}

/** Takes a conversation out of the list, with a way back. */
export async function archive(sessionId: string): Promise<void> {
  await withErrorToast(strings.entry.archiveFailed, async () => {
    await put(sessionId, { archived: true })
    unlist(sessionId)
    changed()
    showToast(strings.entry.archived, 'info', { action: { label: strings.entry.undoButton, run: () => void restore(sessionId) } })
  })
}

export async function restore(sessionId: string): Promise<void> {
  await withErrorToast(strings.entry.restoreFailed, async () => {
    await put(sessionId, { archived: false })
    changed()
  })
}

export const listArchived = async (cursor?: string): Promise<SessionList> =>
  (await transport('GET', '/v1/sessions', { query: { archived: 'true', limit: 50, ...(cursor && { cursor }) } })).json()
