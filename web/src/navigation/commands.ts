/** The commands of the palette. */

import { trash } from '../sessions/trash.ts'
import { pages } from '../settings/pages.ts'
import { signOut } from '../state/auth.ts'
import { overlay, renaming, showSidebar, toggleSidebar } from '../state/overlay.ts'
import { pauseSession, resetSession, runQuickAction } from '../state/session-actions.ts'
import { sessions } from '../state/sessions.ts'
import { type Access, accessTo, may, sharedSessions } from '../state/shared.ts'
import { chooseTheme } from '../state/theme.ts'
import { chooseImport, exportToFile } from '../state/transfer.ts'
import { go, newChat, writeMessage } from './go.ts'

export interface Command {
  readonly id: string
  readonly group: 'Commands' | 'Settings' | 'Conversations'
  readonly label: string
  readonly run: () => void
}

/** Commands for the open conversation; none without one. */
function sessionCommands(current: string | null): Command[] {
  const session = [...sessions.get().list, ...sharedSessions.get()].find(({ session_id }) => session_id === current)
  if (session === undefined) return []
  const { session_id: sessionId, title, state } = session
  const startRenaming = () => {
    showSidebar()
    renaming.set(sessionId)
  }
  const all: (Command & { readonly needs: Access })[] = [
    { id: 'rename', needs: 'owner', group: 'Commands', label: 'Rename this conversation', run: startRenaming },
    {
      id: 'summarize',
      needs: 'member',
      group: 'Commands',
      label: 'Summarize this conversation',
      run: () => void runQuickAction(sessionId, 'summarize'),
    },
    {
      id: 'next',
      needs: 'member',
      group: 'Commands',
      label: 'Ask for the next steps',
      run: () => void runQuickAction(sessionId, 'next_steps'),
    },
    {
      id: 'pause',
      needs: 'member',
      group: 'Commands',
      label: state === 'paused' ? 'Resume this conversation' : 'Pause this conversation',
      run: () => void pauseSession(sessionId, state !== 'paused'),
    },
    {
      id: 'reset',
      needs: 'admin',
      group: 'Commands',
      label: 'Clear the context of this conversation',
      run: () => void resetSession(sessionId),
    },
    { id: 'export', needs: 'viewer', group: 'Commands', label: 'Export this conversation', run: () => void exportToFile(sessionId, title) },
    {
      id: 'export-markdown',
      needs: 'viewer',
      group: 'Commands',
      label: 'Export this conversation as Markdown',
      run: () => void exportToFile(sessionId, title, 'markdown'),
    },
    {
      id: 'delete',
      needs: 'owner',
      group: 'Commands',
      label: 'Delete this conversation',
      run: () => void trash(sessionId),
    },
  ]
  const access = accessTo(sessionId)
  return all.filter(({ needs }) => may(access, needs))
}

/** The settings pages that the user sees. */
const settingsCommands = (isAdmin: boolean): Command[] =>
  pages
    .filter(({ admins }) => !admins || isAdmin)
    .map(({ path, label }): Command => ({ id: `settings-${path}`, group: 'Settings', label, run: () => go(`/settings/${path}`) }))

export function commands(current: string | null, isAdmin: boolean): Command[] {
  const general: Command[] = [
    { id: 'new', group: 'Commands', label: 'New chat', run: newChat },
    { id: 'write', group: 'Commands', label: 'Write a message', run: writeMessage },
    ...sessionCommands(current),
    { id: 'import', group: 'Commands', label: 'Import conversations…', run: chooseImport },
    { id: 'light', group: 'Commands', label: 'Theme: light', run: () => chooseTheme('light') },
    { id: 'dark', group: 'Commands', label: 'Theme: dark', run: () => chooseTheme('dark') },
    { id: 'system', group: 'Commands', label: 'Theme: system', run: () => chooseTheme('system') },
    { id: 'keys', group: 'Commands', label: 'Keyboard shortcuts', run: () => overlay.set({ kind: 'keys' }) },
    { id: 'sidebar', group: 'Commands', label: 'Show or hide the list of conversations', run: toggleSidebar },
    ...settingsCommands(isAdmin),
    { id: 'docs', group: 'Commands', label: 'API reference', run: () => go('/docs') },
    { id: 'out', group: 'Commands', label: 'Sign out', run: () => void signOut() },
  ]
  const conversations = [...sessions.get().list, ...sharedSessions.get()].map(
    ({ session_id: id, title }): Command => ({
      id: `c-${id}`,
      group: 'Conversations',
      label: title || 'Untitled',
      run: () => go(`/c/${id}`),
    }),
  )
  return [...general, ...conversations]
}

/** Finds commands that contain every word of the query. A match at the start of a word scores higher; the best come first. */
export function search(all: readonly Command[], query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const score = ({ label }: Command): number => {
    const text = ` ${label.toLowerCase()}`
    return words.reduce((sum, word) => (text.includes(word) ? sum + (text.includes(` ${word}`) ? 2 : 1) : Number.NEGATIVE_INFINITY), 0)
  }
  return all
    .map((command) => ({ command, points: score(command) }))
    .filter(({ points }) => points >= 0)
    .toSorted((a, b) => b.points - a.points)
    .map(({ command }) => command)
}
