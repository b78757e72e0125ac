import type { mfa as en } from '../en/mfa.ts'
import type { Translation } from '../translation.ts'

export const mfa: Translation<typeof en> = {
  code: {
    label: 'Code aus der App',
    recoveryLabel: 'Wiederherstellungscode',
    digitsHint: 'Die sechs Ziffern, die Ihre Authenticator-App jetzt zeigt.',
    recoveryHint: 'Einer der Codes, die Sie beim Einrichten der Zwei-Faktor-Anmeldung gespeichert haben. Jeder gilt einmal.',
    useApp: 'Stattdessen die App verwenden',
    useRecovery: 'Wiederherstellungscode verwenden',
    signInAgain: 'Erneut anmelden',
    checking: 'Wird geprüft …',
    continueButton: 'Weiter',
    backButton: 'Zurück',
    cancelButton: 'Abbrechen',
  },
  enrol: {
    scan: 'Mit einer Authenticator-App scannen: 1Password, Google Authenticator, Aegis oder einer anderen.',
    qrLabel: 'QR-Code für Ihre Authenticator-App; der Schlüssel darunter ist derselbe',
    typeKey: 'Scannen geht nicht? Diesen Schlüssel in die App eintippen:',
    copyKey: 'Schlüssel kopieren',
    openApp: 'App auf diesem Gerät öffnen',
    enterDigits: 'Die angezeigten sechs Ziffern eingeben',
    turnOnButton: 'Einschalten',
    tryAgainButton: 'Erneut versuchen',
  },
  required: {
    setUpTitle: 'Zwei-Faktor-Anmeldung einrichten',
    setUp: 'Ihr Arbeitsbereich verlangt beim Anmelden einen Code aus einer App. Das Einrichten dauert eine Minute.',
    enterTitle: 'Code eingeben',
    enter: 'Ihr Arbeitsbereich verlangt die Zwei-Faktor-Anmeldung: sechs Ziffern aus Ihrer App oder einen Wiederherstellungscode.',
    signOutButton: 'Abmelden',
  },
  recovery: {
    title: 'Wiederherstellungscodes speichern',
    text: 'Jeder Code ersetzt einmal Ihre App, falls Sie sie verlieren. Sie werden nur einmal gezeigt: bitte dort aufbewahren, wo Ihre Passwörter sind.',
    copyLabel: 'Wiederherstellungscodes kopieren',
    copyButton: 'Kopieren',
    downloadButton: 'Herunterladen',
    savedButton: 'Codes sind gespeichert',
  },
  dialog: {
    enrolTitle: 'Zwei-Faktor-Anmeldung einrichten',
    newDeviceTitle: 'Neues Gerät einrichten',
    replaceTitle: 'Auf ein anderes Gerät umziehen',
    replace:
      'Einen Code aus der bisherigen App oder einen Wiederherstellungscode eingeben. Die bisherige App gilt, bis die neue bestätigt ist.',
    renewTitle: 'Neue Wiederherstellungscodes',
    renew: 'Die früheren Codes gelten dann nicht mehr. Einen Code aus Ihrer App eingeben.',
    renewButton: 'Neue Codes erzeugen',
    disableTitle: 'Zwei-Faktor-Anmeldung ausschalten?',
    disable: 'Das Anmelden verlangt dann keinen Code mehr. Einen Code aus Ihrer App oder einen Wiederherstellungscode eingeben.',
    disableButton: 'Ausschalten',
  },
}
