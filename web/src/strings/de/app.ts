import type { app as en } from '../en/app.ts'
import type { Translation } from '../translation.ts'

export const app: Translation<typeof en> = {
  skipToComposer: 'Zum Eingabefeld springen',
  skipToLatest: 'Zur neuesten Antwort springen',
  partFailed: 'Dieser Teil der Seite konnte nicht geladen werden. Verbindung prüfen, dann erneut versuchen.',
  notFound: {
    title: 'Diese Seite gibt es nicht',
    text: 'Vielleicht ist die Adresse falsch geschrieben, oder die Seite ist umgezogen.',
    startButton: 'Unterhaltung beginnen',
  },
  unavailable: {
    retries: 'Die Seite versucht es alle paar Sekunden erneut.',
    retryButton: 'Jetzt versuchen',
  },
  expired: {
    title: 'Sie wurden abgemeldet',
    text: 'Zum Fortfahren erneut anmelden. Ihr Entwurf ist noch da.',
  },
  signIn: {
    title: 'Unterhaltungen, die ein Neuladen überstehen',
    text: 'Neu laden, Tab wechseln oder offline gehen: Soma setzt die Antwort genau dort fort.',
    codeTitle: 'Code eingeben',
    docsLink: 'API-Referenz',
    notSetUp: 'Auf diesem Server ist noch keine Anmeldung eingerichtet. Bitte an die Administration wenden.',
    leaving: 'Einen Moment …',
    oidcButton: ({ name }) => `Weiter mit ${name}`,
    developerButton: 'Als Entwickler fortfahren',
    developerBusy: 'Anmeldung läuft …',
    developerNote: 'Entwicklungsserver: kein Passwort nötig.',
  },
  signInErrors: {
    cancelled: 'Die Anmeldung wurde nicht abgeschlossen. Bitte erneut versuchen.',
    expired: 'Die Anmeldung hat zu lange gedauert oder wurde in einem anderen Browser begonnen. Bitte erneut versuchen.',
    refused: 'Ihr Konto ist gültig, hat aber keinen Zugang zu diesem Arbeitsbereich. Bitte die Administration um Zugang bitten.',
    failed: 'Die Anmeldung ist fehlgeschlagen. Bitte erneut versuchen. Hilft das nicht, bitte an die Administration wenden.',
  },
}
