import type { offline as en } from '../en/offline.ts'
import type { Translation } from '../translation.ts'

export const offline: Translation<typeof en> = {
  savedCopy: ({ time }) => `Offline: gespeicherte Kopie von ${time}. Nachrichten werden gesendet, sobald Sie wieder online sind.`,
  savedList: 'Offline: Die Liste zeigt nur Unterhaltungen, die in diesem Browser gespeichert sind.',
  newVersion: 'Eine neue Version ist bereit',
  reloadButton: 'Neu laden',
  laterButton: 'Später',
  answerReady: 'Ihre Antwort ist da',
  page: {
    title: 'Dieser Browser',
    lead: 'Diese Einstellungen gelten nur für diesen Browser.',
    offlineTitle: 'Ohne Netz lesen',
    keepLabel: 'Die App und die neuesten Unterhaltungen zum Lesen ohne Netz speichern',
    keepHint:
      'Speichert die neuesten 20 Unterhaltungen in diesem Browser. Die Abmeldung löscht sie. Geheimnisse und Einstellungen werden nie gespeichert.',
    unsupported: 'Dieser Browser kann die App nicht speichern. Grund kann ein privates Fenster oder eine unsichere Verbindung sein.',
    savedNone: 'Noch ist keine Unterhaltung gespeichert.',
    saved: ({ count, size }) =>
      count === 1 ? `1 Unterhaltung ist gespeichert: ${size}.` : `${count} Unterhaltungen sind gespeichert: ${size}.`,
    notificationsTitle: 'Benachrichtigungen',
    notifyLabel: 'Benachrichtigen, wenn eine Antwort in einem verdeckten Tab endet',
    notifyHint: 'Der Browser fragt einmal nach Ihrer Erlaubnis.',
    notifyDenied: 'Der Browser blockiert Benachrichtigungen dieser Seite. Erlauben Sie sie in den Einstellungen der Seite.',
    textLabel: 'Den Anfang der Antwort zeigen',
    textHint: 'Andere können ihn auf Ihrem Bildschirm sehen.',
  },
}
