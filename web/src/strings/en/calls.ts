import { formatNumber } from '../format.ts'

/** The tool calls of an answer. */
export const calls = {
  call: {
    label: ({ name, state }: { readonly name: string; readonly state: string }) => `Tool ${name}, ${state}`,
    arguments: 'Arguments',
    returned: 'Returned',
    sentToAssistant: 'Sent to the assistant',
    approveButton: 'Approve',
    declineButton: 'Decline',
    milliseconds: ({ count }: { readonly count: number }) => `${formatNumber(count)} ms`,
    seconds: ({ count }: { readonly count: string }) => `${count} s`,
  },
  group: {
    /** `states`: the number of calls in each state, in words. */
    label: ({ count, states }: { readonly count: number; readonly states: string }) => `${formatNumber(count)} tools: ${states}`,
    count: ({ count }: { readonly count: number }) => `${formatNumber(count)} tools`,
    inState: ({ count, state }: { readonly count: number; readonly state: string }) => `${formatNumber(count)} ${state}`,
  },
  states: {
    waiting: 'waiting',
    running: 'running',
    parked: 'needs your approval',
    completed: 'done',
    failed: 'failed',
    timedOut: 'timed out',
    denied: 'declined',
    cancelled: 'not started',
    unknown: 'was interrupted; it may have taken effect',
  },
} as const
