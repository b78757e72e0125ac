import type { settingsMemory as en } from '../en/settings-memory.ts'
import type { Translation } from '../translation.ts'

export const settingsMemory: Translation<typeof en> = {
  page: {
    title: 'Erinnerungen',
    lead: 'Was Soma aus Ihren Nachrichten und aus verbundenen Programmen gespeichert hat. Nur Sie sehen es. Eine Antwort erhält, was zur Nachricht passt.',
    listLabel: 'Erinnerungen',
    search: 'Erinnerungen durchsuchen',
    forgetAllButton: 'Alles vergessen …',
    emptyTitle: 'Noch keine Erinnerungen',
    emptyText:
      'Etwas Persönliches in einer Unterhaltung schreiben: Kurz nach der Antwort erscheint es hier. E-Mail-Adressen und Telefonnummern werden nicht gespeichert.',
    emptyLink: 'Unterhaltung beginnen',
    noMatchTitle: 'Keine Treffer',
    noMatchText: 'Keine Erinnerung passt. Weniger Wörter versuchen.',
  },
  row: {
    said: 'gesagt {time}',
    stored: 'gespeichert {time}',
    sourceLink: 'Unterhaltung',
    superseded: 'durch Neueres ersetzt, wird nicht mehr verwendet',
    forgetButton: 'Vergessen',
    forgetLabel: ({ text }) => `„${text}“ vergessen`,
    forgottenNotice: ({ text }) => `Vergessen: „${text}“`,
  },
  workspace: {
    title: 'Für alle im Arbeitsbereich',
    text: 'Auch Personas und einzelne Nachrichten können Erinnerungen ausschalten. Gespeichertes bleibt, bis es vergessen wird.',
    remember: 'Nachrichten merken',
    rememberHint: 'Neue Nachrichten werden als Erinnerungen ihrer Verfasser gespeichert.',
    recall: 'Erinnerungen in Antworten verwenden',
    recallHint: 'Ein Modell erhält die Erinnerungen, die zur Nachricht passen.',
    savedNotice: 'Erinnerungen des Arbeitsbereichs gespeichert',
  },
  forgetAll: {
    title: 'Alles vergessen?',
    text: 'Alle Erinnerungen werden endgültig gelöscht. Unterhaltungen bleiben. Aus neuen Nachrichten entstehen wieder Erinnerungen.',
    cancelButton: 'Behalten',
    confirmButton: 'Alles vergessen',
    busyButton: 'Wird vergessen …',
    doneNotice: ({ count, shown }) => (count === 1 ? 'Eine Erinnerung ist vergessen' : `${shown} Erinnerungen sind vergessen`),
  },
}
