import type { settingsTools as en } from '../en/settings-tools.ts'
import { formatNumber } from '../format.ts'
import { pluralIn } from '../plural.ts'
import type { Translation } from '../translation.ts'

const plural = pluralIn('de')

export const settingsTools: Translation<typeof en> = {
  page: {
    title: 'Werkzeuge',
    lead: 'Was Assistenten in diesem Arbeitsbereich tun dürfen. Ein deaktiviertes Werkzeug wird nicht mehr aufgerufen, auch in laufenden Antworten.',
    listTitle: ({ count }) => `${formatNumber(count)} ${plural(count, { one: 'Werkzeug', other: 'Werkzeuge' })}`,
    listText: 'Es gilt die strengste Regel von hier, von der Persona und von der Richtlinie.',
    filterLabel: 'Werkzeuge finden',
    noneTitle: 'Kein Werkzeug gefunden',
    noneText: 'Versuchen Sie ein anderes Wort aus dem Namen oder der Beschreibung.',
    savedNotice: ({ name }) => `${name} gespeichert`,
  },
  row: {
    disabled: 'Deaktiviert',
    timeout: ({ seconds }) => `höchstens ${seconds} s`,
    paused: 'Pausiert',
    pausedUntil: ({ count, time }) => `Es ist ${formatNumber(count)}-mal in Folge fehlgeschlagen. Aufrufe laufen wieder um ${time}.`,
    failures: ({ count }) => `Es ist ${formatNumber(count)}-mal in Folge fehlgeschlagen.`,
    limited: 'Nur für manche Personen',
    fixed: ({ names }) => `Fest: ${names}`,
    enableLabel: ({ name }) => `${name} ist aktiviert`,
    editButton: 'Bearbeiten',
    editLabel: ({ name }) => `${name} bearbeiten`,
  },
  rules: {
    never: 'Läuft ohne Rückfrage',
    once: 'Fragt einmal je Unterhaltung',
    ask: 'Fragt, kann für eine Unterhaltung erlaubt werden',
    always: 'Fragt jedes Mal',
  },
  effects: { none: 'Liest nur', idempotent: 'Ändert, wiederholbar', once: 'Ändert, mit jedem Lauf neu' },
  form: {
    label: ({ name }) => `Einstellungen von ${name}`,
    declared: ({ value }) => `Vorgabe: ${value}`,
    approval: 'Genehmigung',
    approvalHint: 'Personas und die Richtlinie können strenger sein.',
    users: 'Wer es benutzen darf',
    usersHint: 'Aufrufe für andere werden abgelehnt.',
    everyone: 'Alle',
    some: 'Nur diese Rollen und Personen',
    roles: 'Rollen',
    subjects: 'Personen',
    subjectsHint: 'Namen, durch Kommas getrennt.',
    timeout: 'Längster Lauf, Sekunden',
    output: 'Längstes Ergebnis, Zeichen',
    scopes: 'Nötige Scopes',
    scopesHint: ({ value }) => `Durch Leerzeichen getrennt. Vorgabe: ${value}`,
    noScopes: 'keine',
    description: 'Beschreibung für Modelle',
    descriptionHint: 'Leer: die eigene Beschreibung des Werkzeugs.',
    params: 'Feste Argumente, JSON',
    paramsHint: 'Jeder Aufruf hat sie. Modelle sehen und setzen sie nicht.',
    paramsProblem: 'Muss ein JSON-Objekt in geschweiften Klammern sein.',
  },
}
