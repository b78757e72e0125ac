/** The page of archived conversations. */
export const settingsArchived = {
  page: {
    title: 'Archived conversations',
    lead: 'They are not in your list. Restore one to see it there again.',
    emptyTitle: 'No archived conversations',
    emptyText: 'To tidy your list without deleting, archive a conversation from its menu.',
    emptyLink: 'Go to your conversations',
  },
  row: {
    untitled: 'Untitled',
    lastActive: 'last active {time}',
    restoreButton: 'Restore',
    restoreLabel: ({ title }: { readonly title: string }) => `Restore “${title}”`,
  },
}
