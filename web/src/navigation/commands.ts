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
import { languages, shown } from '../strings/current.ts'
import { languageNames } from '../strings/language.ts'
import { navigation } from '../strings/navigation.ts'
import { go, newChat, writeMessage } from './go.ts'
import { translatePage } from './translate-page.ts'

export interface Command {
  readonly id: string
  readonly group: 'commands' | 'settings' | 'conversations'
  readonly label: string
  readonly run: () => void
}

/** Commands for the open conversation; none without one. */
function sessionCommands(current: string | null): Command[] {
  const session = [...sessions.get().list, ...sharedSessions.get()].find(({ session_id }) => session_id === current)
  if (session === undefined) return []
  const { session_id: sessionId, title, state } = session
  const strings = navigation.commands
  const startRenaming = () => {
    showSidebar()
    renaming.set(sessionId)
  }
  const all: (Command & { readonly needs: Access })[] = [
    { id: 'rename', needs: 'owner', group: 'commands', label: strings.rename, run: startRenaming },
    {
      id: 'summarize',
      needs: 'member',
      group: 'commands',
      label: strings.summarize,
      run: () => void runQuickAction(sessionId, 'summarize'),
    },
    {
      id: 'next',
      needs: 'member',
      group: 'commands',
      label: strings.nextSteps,
      run: () => void runQuickAction(sessionId, 'next_steps'),
    },
    {
      id: 'pause',
      needs: 'member',
      group: 'commands',
      label: state === 'paused' ? strings.resume : strings.pause,
      run: () => void pauseSession(sessionId, state !== 'paused'),
    },
    {
      id: 'reset',
      needs: 'admin',
      group: 'commands',
      label: strings.reset,
      run: () => void resetSession(sessionId),
    },
    { id: 'export', needs: 'viewer', group: 'commands', label: strings.exportJson, run: () => void exportToFile(sessionId, title) },
    {
      id: 'export-markdown',
      needs: 'viewer',
      group: 'commands',
      label: strings.exportMarkdown,
      run: () => void exportToFile(sessionId, title, 'markdown'),
    },
    {
      id: 'delete',
      needs: 'owner',
      group: 'commands',
      label: strings.remove,
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
    .map(({ path, label }): Command => ({ id: `settings-${path}`, group: 'settings', label, run: () => go(`/settings/${path}`) }))

/** One command per language that the page is not in. */
const languageCommands = (): Command[] =>
  languages
    .filter((language) => language !== shown.get().language)
    .map((language) => ({
      id: `language-${language}`,
      group: 'commands',
      label: navigation.commands.language({ name: languageNames[language] }),
      run: () => void translatePage(language),
    }))

export function commands(current: string | null, isAdmin: boolean): Command[] {
  const strings = navigation.commands
  const general: Command[] = [
    { id: 'new', group: 'commands', label: strings.newChat, run: newChat },
    { id: 'write', group: 'commands', label: strings.write, run: writeMessage },
    ...sessionCommands(current),
    { id: 'import', group: 'commands', label: strings.importFiles, run: chooseImport },
    { id: 'light', group: 'commands', label: strings.lightTheme, run: () => chooseTheme('light') },
    { id: 'dark', group: 'commands', label: strings.darkTheme, run: () => chooseTheme('dark') },
    { id: 'system', group: 'commands', label: strings.systemTheme, run: () => chooseTheme('system') },
    ...languageCommands(),
    { id: 'keys', group: 'commands', label: strings.shortcuts, run: () => overlay.set({ kind: 'keys' }) },
    { id: 'sidebar', group: 'commands', label: strings.toggleList, run: toggleSidebar },
    ...settingsCommands(isAdmin),
    { id: 'docs', group: 'commands', label: strings.docs, run: () => go('/docs') },
    { id: 'out', group: 'commands', label: strings.signOut, run: () => void signOut() },
  ]
  const conversations = [...sessions.get().list, ...sharedSessions.get()].map(
    ({ session_id: id, title }): Command => ({
      id: `c-${id}`,
      group: 'conversations',
      label: title || navigation.palette.untitled,
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
