/** The page of recently deleted conversations. */
export const settingsDeleted = {
  page: {
    title: 'Recently deleted',
    lead: 'You can restore a conversation for 30 days. After that, it is deleted permanently.',
    emptyTitle: 'No deleted conversations',
    emptyText: 'Conversations that you delete are kept here for 30 days.',
  },
  row: {
    untitled: 'Untitled',
    daysLeft: ({ days }: { readonly days: number }) => (days === 1 ? '1 day left' : `${days} days left`),
    hoursLeft: 'less than a day left',
    restoreButton: 'Restore',
    restoreLabel: ({ title }: { readonly title: string }) => `Restore “${title}”`,
    deleteButton: 'Delete permanently',
    deleteLabel: ({ title }: { readonly title: string }) => `Delete “${title}” permanently`,
  },
  dialog: {
    title: 'Delete permanently?',
    text: ({ title }: { readonly title: string }) => `“${title}” and all its messages will be deleted. This cannot be undone.`,
    cancelButton: 'Keep it',
    confirmButton: 'Delete permanently',
    busyButton: 'Deleting…',
  },
}
