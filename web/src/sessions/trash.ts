/** Deletes conversations, with a way back for 30 days. */
import type { SessionList } from '../../../shared/api/sessions.ts'
import { go, newChat } from '../navigation/go.ts'
import { api } from '../state/api.ts'
import { markDeleted } from '../state/conversation.ts'
import { changed } from '../state/sessions.ts'
import { showToast } from '../state/toast.ts'
import { withErrorToast } from '../state/with-error-toast.ts'
import { sessions as strings } from '../strings/sessions.ts'

/** Deletes a conversation at once. The toast takes it back. */
export async function trash(sessionId: string): Promise<void> {
  const path = `/c/${sessionId}`
  const isOpen = location.pathname === path
  focusNeighbour(sessionId)
  markDeleted(sessionId, true)
  if (isOpen) newChat()
  await withErrorToast(strings.remove.failed, async () => {
    try {
      await api.trashSession(sessionId)
    } catch (error) {
      markDeleted(sessionId, false)
      changed()
      throw error
    }
    changed()
    const undo = async () => {
      if ((await restore(sessionId)) && isOpen) go(path)
    }
    showToast(strings.remove.done, 'info', { action: { label: strings.entry.undoButton, run: () => void undo() } })
  })
}

/** Restores a deleted conversation. Resolves to whether it did. */
export async function restore(sessionId: string): Promise<boolean> {
  return withErrorToast(strings.entry.restoreFailed, async () => {
    await api.untrashSession(sessionId)
    markDeleted(sessionId, false)
    changed()
  })
}

/** Deletes a conversation that is deleted already permanently. */
export async function deleteForever(sessionId: string): Promise<void> {
  await api.deleteSession(sessionId)
  markDeleted(sessionId, true)
  changed()
}

export const listTrashed = (cursor?: string): Promise<SessionList> => api.trashedSessions({ limit: 50, ...(cursor && { cursor }) })

/** Moves the focus to the next conversation of the list, if this one has it. */
function focusNeighbour(sessionId: string): void {
  const links = [...document.querySelectorAll<HTMLElement>('a[data-session]')]
  const index = links.findIndex((link) => link.dataset.session === sessionId)
  const row = links[index]?.closest('li')
  if (row?.contains(document.activeElement) || document.activeElement === document.body) (links[index + 1] ?? links[index - 1])?.focus()
}
