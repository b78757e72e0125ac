/** What the settings pages share: the list of pages, recent changes, roles and common buttons. */
import type { Role } from '../../../../shared/identity/role.ts'

const roles: Readonly<Record<Role, string>> = { owner: 'Owner', admin: 'Admin', member: 'Member', viewer: 'Viewer' }

export const settings = {
  layout: {
    title: 'Settings',
    backLink: 'Conversations',
    allLink: 'All settings',
    youGroup: 'You',
    workspaceGroup: ({ name }: { readonly name: string }) => `Workspace · ${name}`,
  },
  pages: {
    account: 'Account',
    keys: 'API keys',
    memory: 'Memory',
    archived: 'Archive',
    deleted: 'Recently deleted',
    browser: 'This browser',
    users: 'Users',
    personas: 'Personas',
    models: 'Models',
    tools: 'Tools',
    web: 'Web',
    secrets: 'Secrets',
    limits: 'Limits and budgets',
    policy: 'Policy',
    constitution: 'Constitution',
    audit: 'Audit',
  },
  roles,
  roleDescriptions: {
    owner: 'can do everything, and appoint owners',
    admin: 'manages users, settings and policy',
    member: 'has conversations',
    viewer: 'only reads shared conversations',
  },
  changes: {
    title: 'Recent changes',
    empty: 'No changes yet.',
    noValue: 'nothing',
  },
  buttons: {
    cancel: 'Cancel',
    save: 'Save',
    saving: 'Saving…',
    remove: 'Remove',
    reallyRemove: 'Really remove?',
    more: 'More',
    loading: 'Loading…',
    loadAgain: 'Load again',
  },
}
