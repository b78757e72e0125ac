/** Parts that every page uses. */
export const ui = {
  loading: 'Loading…',
  tryAgain: 'Try again',
  close: 'Close',
  dismiss: 'Dismiss',
  never: 'Never',
  reference: ({ id }: { readonly id: string }) => `Reference ${id}`,
  readOnlyNotice: 'You can read this page. Only an administrator of the workspace can change it.',
  copy: {
    done: 'Copied',
    failed: 'Your browser did not allow copying. Select the text and copy it yourself.',
  },
  pageError: {
    title: 'Something went wrong on this page',
    text: 'Your messages are safe on the server. Your draft is kept here.',
    reloadButton: 'Reload',
  },
  file: {
    choose: 'Choose a file',
    drop: 'or drop one here',
  },
  time: {
    unknown: 'unknown time',
    justNow: 'just now',
  },
} as const
