/** The account menu, the command palette and the keyboard shortcuts. */
export const navigation = {
  accountMenu: {
    label: 'Account and settings',
    theme: 'Theme',
    system: 'System',
    light: 'Light',
    dark: 'Dark',
    language: 'Language',
    languageFailed: 'This language could not be loaded. Check your connection, then try again.',
    settings: 'Settings',
    importItem: 'Import conversations…',
    keyboard: 'Keyboard',
    docs: 'API reference',
    signOut: 'Sign out',
    signOutFailed: 'Could not sign out',
  },
} as const
