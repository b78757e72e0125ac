/** The frame of the app, and signing in. */
export const app = {
  skipToComposer: 'Skip to the message box',
  skipToLatest: 'Skip to the latest answer',
  partFailed: 'This part of the page could not be loaded. Check your connection, then try again.',
  notFound: {
    title: 'This page does not exist',
    text: 'The address may be mistyped, or the page has moved.',
    startButton: 'Start a conversation',
  },
  unavailable: {
    retries: 'The page tries again every few seconds.',
    retryButton: 'Try now',
  },
  expired: {
    title: 'You were signed out',
    text: 'Sign in again to continue. Your draft is still here.',
  },
  signIn: {
    title: 'Conversations that survive a refresh',
    text: 'Refresh, switch tabs or lose the network: Soma resumes the answer where it was.',
    codeTitle: 'Enter your code',
    docsLink: 'API reference',
    notSetUp: 'Sign-in is not set up on this server yet. Ask its administrator.',
    leaving: 'One moment…',
    oidcButton: ({ name }: { readonly name: string }) => `Continue with ${name}`,
    developerButton: 'Continue as developer',
    developerBusy: 'Signing in…',
    developerNote: 'Development server: no password needed.',
  },
  /** By the code that the server adds to the address after a failed sign-in at the identity provider. */
  signInErrors: {
    cancelled: 'You did not finish signing in. Try again when you are ready.',
    expired: 'The sign-in took too long, or was started in another browser. Please try again.',
    refused: 'Your account is valid, but it has no access to this workspace. Ask the administrator of this server for access.',
    failed: 'Signing in failed. Try again. If it keeps failing, contact the administrator of this server.',
  },
} as const
