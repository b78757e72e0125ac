import type { settingsDeleted as en } from '../en/settings-deleted.ts'
import type { Translation } from '../translation.ts'

export const settingsDeleted: Translation<typeof en> = {
  page: {
    title: 'Zuletzt gelöscht',
    lead: 'Eine Unterhaltung lässt sich 30 Tage lang wiederherstellen. Danach wird sie endgültig gelöscht.',
    emptyTitle: 'Keine gelöschten Unterhaltungen',
    emptyText: 'Gelöschte Unterhaltungen bleiben hier 30 Tage lang.',
  },
  row: {
    untitled: 'Ohne Titel',
    daysLeft: ({ days }) => (days === 1 ? 'noch 1 Tag' : `noch ${days} Tage`),
    hoursLeft: 'noch weniger als ein Tag',
    restoreButton: 'Wiederherstellen',
    restoreLabel: ({ title }) => `„${title}“ wiederherstellen`,
    deleteButton: 'Endgültig löschen',
    deleteLabel: ({ title }) => `„${title}“ endgültig löschen`,
  },
  dialog: {
    title: 'Endgültig löschen?',
    text: ({ title }) => `„${title}“ und alle Nachrichten darin werden gelöscht. Das lässt sich nicht rückgängig machen.`,
    cancelButton: 'Behalten',
    confirmButton: 'Endgültig löschen',
    busyButton: 'Wird gelöscht …',
  },
}
