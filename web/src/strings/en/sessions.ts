import { formatNumber } from '../format.ts'
import { pluralIn } from '../plural.ts'

const plural = pluralIn('en')

const conversations = (count: number): string => `${formatNumber(count)} ${plural(count, { one: 'conversation', other: 'conversations' })}`

/** The list of conversations, and what can be done with one. */
export const sessions = {
  untitled: 'Untitled',
  sidebar: {
    label: 'Conversations',
    close: 'Close the list of conversations',
    hide: 'Hide the list of conversations',
    hideHint: ({ keys }: { readonly keys: string }) => `Hide (${keys})`,
    newChat: 'New chat',
    search: 'Search',
    shared: ({ owner, title }: { readonly owner: string; readonly title: string }) => `${owner} shared “${title}” with you`,
    openButton: 'Open',
  },
  list: {
    pinned: 'Pinned',
    shared: 'Shared with you',
    unreadCount: ({ count }: { readonly count: number }) => `${formatNumber(count)} new`,
    loading: 'Loading your conversations…',
    tryAgain: 'Try again',
    empty: 'No conversations yet. Your first message starts one.',
    showOlder: 'Show older conversations',
    olderFailed: 'Could not load older conversations',
  },
  days: {
    today: 'Today',
    yesterday: 'Yesterday',
    week: 'Previous 7 days',
    month: 'Previous 30 days',
  },
  row: {
    sharedBy: ({ title, owner }: { readonly title: string; readonly owner: string }) => `${title}, shared by ${owner}`,
    answering: 'Answering',
    unread: 'New: not opened yet',
    paused: 'Paused',
    options: ({ title }: { readonly title: string }) => `Options for ${title}`,
  },
  menu: {
    rename: 'Rename',
    pin: 'Pin',
    unpin: 'Unpin',
    share: 'Share…',
    copyLink: 'Copy link',
    approvals: 'Allowed tools',
    context: 'What the model sees',
    exportJson: 'Export',
    exportMarkdown: 'Export as Markdown',
    pause: 'Pause',
    resume: 'Resume',
    clearContext: 'Clear context',
    archive: 'Archive',
    remove: 'Delete',
  },
  title: {
    label: 'Title of the conversation',
    failed: 'Could not rename the conversation',
  },
  entry: {
    pinFailed: 'Could not pin the conversation',
    unpinFailed: 'Could not unpin the conversation',
    archiveFailed: 'Could not archive the conversation',
    restoreFailed: 'Could not restore the conversation',
    archived: 'Conversation archived',
    undoButton: 'Undo',
  },
  link: {
    copied: 'Link copied',
    failed: 'Your browser did not allow copying.',
  },
  remove: {
    failed: 'Could not delete the conversation',
    done: 'Conversation deleted',
  },
  share: {
    title: 'Share this conversation',
    text: ({ title }: { readonly title: string }) => `People with access find “${title}” under “Shared with you”, or open it by its link.`,
    with: 'Share with',
    placeholder: 'Name of a person',
    people: 'People',
    unknown: 'No user of that name yet. They get access when they first sign in.',
    level: 'What they can do',
    levelOf: ({ name }: { readonly name: string }) => `What ${name} can do`,
    viewer: 'Can read',
    member: 'Can write',
    admin: 'Can share',
    blocked: 'Blocked',
    shareButton: 'Share',
    access: 'Who has access',
    noAccess: 'No one else has access yet.',
    group: 'Group',
    you: '(you)',
    removeButton: 'Remove',
    unblockButton: 'Unblock',
    remove: ({ name }: { readonly name: string }) => `Remove ${name}`,
    unblock: ({ name }: { readonly name: string }) => `Unblock ${name}`,
    copyLink: 'Copy link',
    doneButton: 'Done',
  },
  importReport: {
    title: 'Import',
    allImported: ({ imported }: { readonly imported: number }) => `${conversations(imported)} imported.`,
    someImported: ({ imported, refused }: { readonly imported: number; readonly refused: number }) =>
      `${conversations(imported)} imported, ${conversations(refused)} not imported.`,
    label: 'Conversations',
    /** After the title of a conversation. */
    refused: 'was not imported.',
    imported: 'was imported.',
    doneButton: 'Done',
  },
} as const
