import type { settingsUsers as en } from '../en/settings-users.ts'
import type { Translation } from '../translation.ts'

export const settingsUsers: Translation<typeof en> = {
  page: {
    title: 'Personen',
    lead: 'Personen in diesem Arbeitsbereich und ihre Rollen. Änderungen gelten sofort.',
    addButton: 'Person hinzufügen',
    emptyTitle: 'Noch keine Personen',
    emptyText: 'Mit der ersten Anmeldung wird eine Person Mitglied. Hinzufügen lässt sie sich auch vorher.',
  },
  row: {
    meTag: 'Sie',
    twoFactorTag: 'zwei Faktoren',
    signedIn: 'angemeldet {time}',
    neverSignedIn: 'nie angemeldet',
    roleLabel: ({ subject }) => `Rolle von ${subject}`,
    roleChangedNotice: ({ subject, role }) => `${subject} ist jetzt ${role}`,
    resetButton: 'Zweiten Faktor zurücksetzen …',
    resetLabel: ({ subject }) => `Zwei-Faktor-Anmeldung von ${subject} zurücksetzen`,
    removeButton: 'Entfernen …',
    removeLabel: ({ subject }) => `${subject} entfernen`,
  },
  add: {
    title: 'Person hinzufügen',
    text: 'Die Rolle gilt ab der ersten Anmeldung.',
    subject: 'Benutzer-ID',
    subjectHint: 'Die ID der Person beim Identitätsanbieter.',
    role: 'Rolle',
    addButton: 'Hinzufügen',
    addingButton: 'Wird hinzugefügt …',
  },
  remove: {
    title: ({ name }) => `${name} entfernen?`,
    text: 'Anmeldungen, Token und API-Schlüssel dieser Person enden sofort. Ihre Unterhaltungen bleiben. Zurückkehren kann sie nur, wenn sie wieder eine Rolle bekommt.',
    cancelButton: 'Behalten',
    confirmButton: 'Entfernen',
    busyButton: 'Wird entfernt …',
    doneNotice: ({ subject }) => `${subject} ist entfernt`,
  },
  reset: {
    title: ({ name }) => `Zwei-Faktor-Anmeldung von ${name} zurücksetzen?`,
    text: 'Für Personen, die ihr Gerät und ihre Wiederherstellungscodes verloren haben. Zuerst die Identität prüfen. Die Person wird überall abgemeldet und kann sich danach ohne Code anmelden.',
    confirmButton: 'Zurücksetzen und abmelden',
    busyButton: 'Wird zurückgesetzt …',
    doneNotice: ({ subject }) => `${subject} kann sich ohne zweiten Faktor anmelden`,
  },
  rule: {
    label: 'Zwei-Faktor-Anmeldung vorschreiben für',
    hint: 'Wer sie noch nicht hat, richtet sie beim nächsten Besuch ein. API-Schlüssel gelten weiter.',
    none: 'Niemanden',
    admins: 'Inhaber und Admins',
    everyone: 'Alle',
    noneNotice: 'Die Zwei-Faktor-Anmeldung ist freiwillig',
    adminsNotice: 'Inhaber und Admins brauchen jetzt die Zwei-Faktor-Anmeldung',
    everyoneNotice: 'Alle brauchen jetzt die Zwei-Faktor-Anmeldung',
  },
}
