import type { settingsArchived as en } from '../en/settings-archived.ts'
import type { Translation } from '../translation.ts'

export const settingsArchived: Translation<typeof en> = {
  page: {
    title: 'Archivierte Unterhaltungen',
    lead: 'Sie stehen nicht in der Liste. Nach dem Wiederherstellen sind sie dort wieder zu sehen.',
    emptyTitle: 'Keine archivierten Unterhaltungen',
    emptyText: 'Aufräumen, ohne zu löschen: eine Unterhaltung über ihr Menü archivieren.',
    emptyLink: 'Zu den Unterhaltungen',
  },
  row: {
    untitled: 'Ohne Titel',
    lastActive: 'zuletzt aktiv {time}',
    restoreButton: 'Wiederherstellen',
    restoreLabel: ({ title }) => `„${title}“ wiederherstellen`,
  },
}
