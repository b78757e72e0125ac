import type { ui as en } from '../en/ui.ts'
import type { Translation } from '../translation.ts'

export const ui: Translation<typeof en> = {
  loading: 'Wird geladen …',
  tryAgain: 'Erneut versuchen',
  close: 'Schließen',
  dismiss: 'Ausblenden',
  never: 'Nie',
  reference: ({ id }) => `Referenz ${id}`,
  readOnlyNotice: 'Diese Seite ist nur lesbar. Ändern kann sie nur die Administration des Arbeitsbereichs.',
  copy: {
    done: 'Kopiert',
    failed: 'Der Browser hat das Kopieren nicht erlaubt. Bitte den Text markieren und selbst kopieren.',
  },
  pageError: {
    title: 'Auf dieser Seite ist etwas schiefgegangen',
    text: 'Ihre Nachrichten sind auf dem Server sicher. Ihr Entwurf bleibt hier erhalten.',
    reloadButton: 'Neu laden',
  },
  file: {
    choose: 'Datei auswählen',
    drop: 'oder hierher ziehen',
  },
  time: {
    unknown: 'unbekannte Zeit',
    justNow: 'gerade eben',
  },
}
