/** Reading without a network, new versions and notifications. */
export const offline = {
  savedCopy: ({ time }: { readonly time: string }) => `Offline: saved copy of ${time}. Messages are sent when you are back online.`,
  savedList: 'Offline: only the conversations that are saved in this browser are listed.',
  newVersion: 'A new version is ready',
  reloadButton: 'Reload',
  laterButton: 'Later',
  answerReady: 'Your answer is ready',
  page: {
    title: 'This browser',
    lead: 'These settings apply to this browser only.',
    offlineTitle: 'Reading offline',
    keepLabel: 'Keep the app and the newest conversations for reading offline',
    keepHint: 'Saves the newest 20 conversations in this browser. Signing out erases them. Secrets and settings are never saved.',
    unsupported: 'This browser cannot keep the app. A private window or an insecure connection may be the cause.',
    savedNone: 'No conversation is saved yet.',
    saved: ({ count, size }: { readonly count: number; readonly size: string }) =>
      count === 1 ? `1 conversation is saved: ${size}.` : `${count} conversations are saved: ${size}.`,
    notificationsTitle: 'Notifications',
    notifyLabel: 'Notify me when an answer ends in a hidden tab',
    notifyHint: 'The browser asks for your permission once.',
    notifyDenied: 'The browser blocks notifications of this site. Allow them in the settings of the site.',
    textLabel: 'Show the beginning of the answer',
    textHint: 'Others may see it on your screen.',
  },
} as const
