import type { settingsSecrets as en } from '../en/settings-secrets.ts'
import type { Translation } from '../translation.ts'

export const settingsSecrets: Translation<typeof en> = {
  page: {
    title: 'Geheimnisse',
    lead: 'Schlüssel der Modellanbieter. Sie werden vor dem Speichern verschlüsselt. Niemand kann einen Schlüssel wieder auslesen, auch Sie nicht.',
    listTitle: 'Schlüssel',
    empty: 'Noch keine Schlüssel. Unten einen setzen und dann im Profil eines Modells nennen.',
    setTitle: 'Schlüssel setzen',
    replaceTitle: ({ name }) => `Schlüssel ${name} ersetzen`,
    formText: 'Wirkt sofort.',
  },
  row: {
    detail: ({ origin, user, time }) => `Nur für ${origin} · gesetzt von ${user}, ${time}`,
    replaceButton: 'Ersetzen',
    removedNotice: ({ name }) => `Schlüssel ${name} entfernt`,
  },
  form: {
    name: 'Name',
    nameHint: 'Unter diesem Namen nutzen ihn Profile.',
    key: 'Schlüssel',
    keyHint: 'Mindestens acht Zeichen, ohne Leerzeichen.',
    origin: 'Erlaubte Adresse',
    originHint: 'Soma sendet diesen Schlüssel nur dorthin. Leer gilt die Vorgabe des Anbieters oder Ihrer Profile.',
    setButton: 'Schlüssel setzen',
    replaceButton: 'Schlüssel ersetzen',
    savingButton: 'Wird verschlüsselt …',
    setNotice: ({ name }) => `Schlüssel ${name} gesetzt`,
    replacedNotice: ({ name }) => `Schlüssel ${name} ersetzt`,
  },
  dataKey: {
    title: 'Datenschlüssel',
    text: 'Verschlüsselt die Geheimnisse dieses Arbeitsbereichs. Ein Wechsel verschlüsselt alle neu. Der bisherige Schlüssel bleibt bis zum nächsten Wechsel.',
    rotateButton: 'Wechseln',
    rotatingButton: 'Wird gewechselt …',
    rotatedNotice: ({ count }) =>
      count === 1
        ? 'Neuer Datenschlüssel: ein Geheimnis neu verschlüsselt'
        : `Neuer Datenschlüssel: ${count} Geheimnisse neu verschlüsselt`,
  },
}
