import type { settings as en } from '../en/settings.ts'
import type { Translation } from '../translation.ts'

export const settings: Translation<typeof en> = {
  layout: {
    title: 'Einstellungen',
    backLink: 'Unterhaltungen',
    allLink: 'Alle Einstellungen',
    youGroup: 'Persönlich',
    workspaceGroup: ({ name }) => `Arbeitsbereich · ${name}`,
  },
  pages: {
    account: 'Konto',
    keys: 'API-Schlüssel',
    memory: 'Erinnerungen',
    archived: 'Archiv',
    deleted: 'Zuletzt gelöscht',
    browser: 'Dieser Browser',
    users: 'Personen',
    personas: 'Personas',
    models: 'Modelle',
    tools: 'Werkzeuge',
    web: 'Web',
    secrets: 'Geheimnisse',
    limits: 'Limits und Budgets',
    policy: 'Richtlinie',
    constitution: 'Verfassung',
    audit: 'Protokoll',
  },
  roles: { owner: 'Inhaber', admin: 'Admin', member: 'Mitglied', viewer: 'Leser' },
  roleDescriptions: {
    owner: 'darf alles und ernennt Inhaber',
    admin: 'verwaltet Personen, Einstellungen und Richtlinie',
    member: 'führt Unterhaltungen',
    viewer: 'liest nur geteilte Unterhaltungen',
  },
  changes: {
    title: 'Letzte Änderungen',
    empty: 'Noch keine Änderungen.',
    noValue: 'nichts',
  },
  buttons: {
    cancel: 'Abbrechen',
    save: 'Speichern',
    saving: 'Wird gespeichert …',
    remove: 'Entfernen',
    reallyRemove: 'Wirklich entfernen?',
    more: 'Mehr',
    loading: 'Wird geladen …',
    loadAgain: 'Neu laden',
  },
}
