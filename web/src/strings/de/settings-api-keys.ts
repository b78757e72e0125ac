import type { settingsApiKeys as en } from '../en/settings-api-keys.ts'
import type { Translation } from '../translation.ts'

export const settingsApiKeys: Translation<typeof en> = {
  page: {
    title: 'API-Schlüssel',
    lead: 'Für Programme, die in Ihrem Namen handeln. Sie senden den Schlüssel als {header}.',
    adminLead: 'Admins sehen die Schlüssel aller Personen.',
    newButton: 'Neuer Schlüssel',
    emptyTitle: 'Noch keine API-Schlüssel',
    emptyText: 'Mit einem Schlüssel nutzt ein Skript oder ein anderer Dienst Soma in Ihrem Namen. Widerruf ist jederzeit möglich.',
  },
  row: {
    actsFor: ({ subject }) => `handelt für ${subject}`,
    created: 'erstellt {time}',
    used: 'benutzt {time}',
    neverUsed: 'nie benutzt',
    expires: 'läuft {time} ab',
    expired: 'abgelaufen {time}',
    doesNotExpire: 'läuft nicht ab',
    revokeButton: 'Widerrufen',
    revokeLabel: ({ name }) => `${name} widerrufen`,
  },
  revoke: {
    title: ({ name }) => `„${name}“ widerrufen?`,
    text: 'Programme mit diesem Schlüssel verlieren sofort den Zugang. Das lässt sich nicht rückgängig machen.',
    cancelButton: 'Behalten',
    confirmButton: 'Widerrufen',
    busyButton: 'Wird widerrufen …',
    doneNotice: ({ name }) => `„${name}“ ist widerrufen`,
  },
  create: {
    title: 'Neuer API-Schlüssel',
    name: 'Name',
    namePlaceholder: 'Nachtbericht',
    expires: 'Ablauf',
    inDays: ({ count }) => `In ${count} Tagen`,
    inAYear: 'In einem Jahr',
    never: 'Nie',
    scopes: 'Der Schlüssel darf immer Unterhaltungen in Ihrem Namen führen. Außerdem darf er:',
    createButton: 'Schlüssel erstellen',
    creatingButton: 'Wird erstellt …',
  },
  scopes: {
    manageKeys: 'API-Schlüssel verwalten',
    manageKeysText: 'Ihre Schlüssel erstellen, auflisten und widerrufen.',
    readAll: 'Alle Unterhaltungen lesen',
    readAllText: 'Die Unterhaltungen aller Personen im Arbeitsbereich. Jeder Zugriff steht im Protokoll.',
    administer: 'Verwalten',
    administerText: 'Alles tun, was Ihre eigene Rolle erlaubt.',
  },
  created: {
    title: 'Schlüssel jetzt kopieren',
    text: 'Er wird nur einmal angezeigt: Soma speichert nur seinen Hash.',
    copyButton: 'Schlüssel kopieren',
    doneButton: 'Ist kopiert',
  },
}
