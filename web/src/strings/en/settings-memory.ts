/** The page of the user's memories. */
export const settingsMemory = {
  page: {
    title: 'Memory',
    lead: 'Things Soma has saved from your messages and from connected apps. Only you can see them. An answer is given those that fit your message.',
    listLabel: 'Memories',
    search: 'Search your memories',
    forgetAllButton: 'Forget everything…',
    emptyTitle: 'Nothing is remembered yet',
    emptyText:
      'Write something about yourself in a conversation. It appears here shortly after the answer. E-mail addresses and telephone numbers are not saved.',
    emptyLink: 'Start a conversation',
    noMatchTitle: 'No matches',
    noMatchText: 'No memories match. Try fewer words.',
  },
  row: {
    said: 'said {time}',
    stored: 'stored {time}',
    sourceLink: 'Conversation',
    superseded: 'replaced by something newer, and no longer used',
    forgetButton: 'Forget',
    forgetLabel: ({ text }: { readonly text: string }) => `Forget “${text}”`,
    forgottenNotice: ({ text }: { readonly text: string }) => `Forgotten: “${text}”`,
  },
  workspace: {
    title: 'For everyone in the workspace',
    text: 'Personas and single messages can turn memory off as well. What is stored already stays until its user forgets it.',
    remember: 'Remember messages',
    rememberHint: 'New messages are saved as memories of their author.',
    recall: 'Use memories in answers',
    recallHint: 'A model is given the memories of the user that fit the message.',
    savedNotice: 'Memory of the workspace saved',
  },
  forgetAll: {
    title: 'Forget everything?',
    text: 'All memories about you are deleted permanently. Your conversations stay. New messages are remembered again.',
    cancelButton: 'Keep it',
    confirmButton: 'Forget everything',
    busyButton: 'Forgetting…',
    doneNotice: ({ count, shown }: { readonly count: number; readonly shown: string }) =>
      count === 1 ? 'One memory is forgotten' : `${shown} memories are forgotten`,
  },
}
