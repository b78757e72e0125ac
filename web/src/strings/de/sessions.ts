import type { sessions as en } from '../en/sessions.ts'
import { formatNumber } from '../format.ts'
import { pluralIn } from '../plural.ts'
import type { Translation } from '../translation.ts'

const plural = pluralIn('de')

const conversations = (count: number): string => `${formatNumber(count)} ${plural(count, { one: 'Unterhaltung', other: 'Unterhaltungen' })}`

export const sessions: Translation<typeof en> = {
  untitled: 'Ohne Titel',
  sidebar: {
    label: 'Unterhaltungen',
    close: 'Liste der Unterhaltungen schließen',
    hide: 'Liste der Unterhaltungen ausblenden',
    hideHint: ({ keys }) => `Ausblenden (${keys})`,
    newChat: 'Neue Unterhaltung',
    search: 'Suchen',
    shared: ({ owner, title }) => `${owner} hat „${title}“ mit Ihnen geteilt`,
    openButton: 'Öffnen',
  },
  list: {
    pinned: 'Angeheftet',
    shared: 'Mit Ihnen geteilt',
    unreadCount: ({ count }) => `${formatNumber(count)} neu`,
    loading: 'Unterhaltungen werden geladen …',
    tryAgain: 'Erneut versuchen',
    empty: 'Noch keine Unterhaltungen. Ihre erste Nachricht beginnt eine.',
    showOlder: 'Ältere Unterhaltungen anzeigen',
    olderFailed: 'Ältere Unterhaltungen konnten nicht geladen werden',
  },
  days: {
    today: 'Heute',
    yesterday: 'Gestern',
    week: 'Letzte 7 Tage',
    month: 'Letzte 30 Tage',
  },
  row: {
    sharedBy: ({ title, owner }) => `${title}, geteilt von ${owner}`,
    answering: 'Antwortet',
    unread: 'Neu: noch nicht geöffnet',
    paused: 'Pausiert',
    options: ({ title }) => `Optionen für ${title}`,
  },
  menu: {
    rename: 'Umbenennen',
    pin: 'Anheften',
    unpin: 'Loslösen',
    share: 'Teilen …',
    copyLink: 'Link kopieren',
    context: 'Was das Modell sieht',
    exportJson: 'Exportieren',
    exportMarkdown: 'Als Markdown exportieren',
    pause: 'Pausieren',
    resume: 'Fortsetzen',
    clearContext: 'Kontext leeren',
    archive: 'Archivieren',
    remove: 'Löschen',
  },
  title: {
    label: 'Titel der Unterhaltung',
    failed: 'Die Unterhaltung konnte nicht umbenannt werden',
  },
  entry: {
    pinFailed: 'Die Unterhaltung konnte nicht angeheftet werden',
    unpinFailed: 'Die Unterhaltung konnte nicht losgelöst werden',
    archiveFailed: 'Die Unterhaltung konnte nicht archiviert werden',
    restoreFailed: 'Die Unterhaltung konnte nicht wiederhergestellt werden',
    archived: 'Unterhaltung archiviert',
    undoButton: 'Rückgängig',
  },
  link: {
    copied: 'Link kopiert',
    failed: 'Der Browser hat das Kopieren nicht erlaubt.',
  },
  remove: {
    failed: 'Die Unterhaltung konnte nicht gelöscht werden',
    done: 'Unterhaltung gelöscht',
  },
  share: {
    title: 'Diese Unterhaltung teilen',
    text: ({ title }) => `Personen mit Zugriff finden „${title}“ unter „Mit Ihnen geteilt“ oder öffnen sie über ihren Link.`,
    with: 'Teilen mit',
    placeholder: 'Name einer Person',
    people: 'Personen',
    unknown: 'Noch niemand mit diesem Namen. Der Zugriff gilt ab der ersten Anmeldung.',
    level: 'Berechtigung',
    levelOf: ({ name }) => `Berechtigung von ${name}`,
    viewer: 'Darf lesen',
    member: 'Darf schreiben',
    admin: 'Darf teilen',
    blocked: 'Gesperrt',
    shareButton: 'Teilen',
    access: 'Wer Zugriff hat',
    noAccess: 'Noch hat niemand sonst Zugriff.',
    group: 'Gruppe',
    you: '(Sie)',
    removeButton: 'Entfernen',
    unblockButton: 'Entsperren',
    remove: ({ name }) => `${name} entfernen`,
    unblock: ({ name }) => `${name} entsperren`,
    copyLink: 'Link kopieren',
    doneButton: 'Fertig',
  },
  importReport: {
    title: 'Importieren',
    allImported: ({ imported }) => `${conversations(imported)} importiert.`,
    someImported: ({ imported, refused }) => `${conversations(imported)} importiert, ${conversations(refused)} nicht importiert.`,
    label: 'Unterhaltungen',
    refused: 'wurde nicht importiert.',
    imported: 'wurde importiert.',
    doneButton: 'Fertig',
  },
}
