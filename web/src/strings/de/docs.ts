import type { docs as en } from '../en/docs.ts'
import type { Translation } from '../translation.ts'

export const docs: Translation<typeof en> = {
  title: 'API-Referenz',
  loading: 'Die Referenz wird geladen …',
  tryAgain: 'Erneut versuchen',
  version: ({ version }) => `Fassung ${version}`,
  empty: 'Dieser Server beschreibt keine Operationen.',
  navigation: 'Operationen',
  back: 'Zurück zur Unterhaltung',
  contents: 'Inhalt',
  parameters: 'Eingaben',
  body: 'Anfragekörper',
  responses: 'Antworten',
  emptyResponse: 'Ohne Inhalt',
  copyCurl: ({ operation }) => `curl kopieren für ${operation}`,
  required: 'erforderlich',
  fields: 'Felder',
  general: 'Allgemein',
  limits: {
    atMost: ({ value }) => `höchstens ${value}`,
    atLeast: ({ value }) => `mindestens ${value}`,
    characters: ({ value }) => `${value} Zeichen`,
  },
}
