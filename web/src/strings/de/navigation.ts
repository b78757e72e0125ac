import type { navigation as en } from '../en/navigation.ts'
import type { Translation } from '../translation.ts'

export const navigation: Translation<typeof en> = {
  accountMenu: {
    label: 'Konto und Einstellungen',
    theme: 'Darstellung',
    system: 'System',
    light: 'Hell',
    dark: 'Dunkel',
    language: 'Sprache',
    languageFailed: 'Diese Sprache konnte nicht geladen werden. Verbindung prüfen, dann erneut versuchen.',
    settings: 'Einstellungen',
    importItem: 'Unterhaltungen importieren …',
    keyboard: 'Tastatur',
    docs: 'API-Referenz',
    signOut: 'Abmelden',
    signOutFailed: 'Abmelden fehlgeschlagen',
  },
}
