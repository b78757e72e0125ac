/** The page of tools. */
import type { ApprovalRule } from '../../../../shared/tool/approval-rule.ts'
import { formatNumber } from '../format.ts'
import { pluralIn } from '../plural.ts'

const plural = pluralIn('en')

const rules: Readonly<Record<ApprovalRule, string>> = {
  never: 'Runs without asking',
  once: 'Asks once per conversation',
  ask: 'Asks, can be allowed for a conversation',
  always: 'Asks every time',
}

export const settingsTools = {
  page: {
    title: 'Tools',
    lead: 'What assistants may do in this workspace. A disabled tool is not called again, in running answers too.',
    listTitle: ({ count }: { readonly count: number }) => `${formatNumber(count)} ${plural(count, { one: 'tool', other: 'tools' })}`,
    listText: 'The strictest of the rules here, of the persona and of the policy decides.',
    filterLabel: 'Find tools',
    noneTitle: 'No tool found',
    noneText: 'Try another word of its name or description.',
    savedNotice: ({ name }: { readonly name: string }) => `${name} saved`,
  },
  row: {
    disabled: 'Disabled',
    timeout: ({ seconds }: { readonly seconds: string }) => `${seconds} s at most`,
    paused: 'Paused',
    pausedUntil: ({ count, time }: { readonly count: number; readonly time: string }) =>
      `It failed ${formatNumber(count)} times in a row. Calls run again at ${time}.`,
    failures: ({ count }: { readonly count: number }) =>
      `It failed ${formatNumber(count)} ${plural(count, { one: 'time', other: 'times' })} in a row.`,
    limited: 'Only for some users',
    fixed: ({ names }: { readonly names: string }) => `Fixed: ${names}`,
    enableLabel: ({ name }: { readonly name: string }) => `${name} is enabled`,
    editButton: 'Edit',
    editLabel: ({ name }: { readonly name: string }) => `Edit ${name}`,
  },
  rules,
  effects: { none: 'Reads only', idempotent: 'Changes, repeatable', once: 'Changes on every run' },
  form: {
    label: ({ name }: { readonly name: string }) => `Settings of ${name}`,
    declared: ({ value }: { readonly value: string }) => `Default: ${value}`,
    approval: 'Approval',
    approvalHint: 'Personas and the policy can be stricter.',
    users: 'Who may use it',
    usersHint: 'Calls for other users are denied.',
    everyone: 'Everyone',
    some: 'Only these roles and users',
    roles: 'Roles',
    subjects: 'Users',
    subjectsHint: 'User names, separated by commas.',
    timeout: 'Longest run, seconds',
    output: 'Longest result, characters',
    scopes: 'Required scopes',
    scopesHint: ({ value }: { readonly value: string }) => `Separated by spaces. Default: ${value}`,
    noScopes: 'none',
    description: 'Description for models',
    descriptionHint: 'Empty: the tool’s own description.',
    params: 'Fixed arguments, JSON',
    paramsHint: 'Every call has them. Models neither see nor set them.',
    paramsProblem: 'Must be a JSON object, such as {"format": "iso"}.',
  },
} as const
