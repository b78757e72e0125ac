import { formatNumber } from '../format.ts'
import { pluralIn } from '../plural.ts'

const plural = pluralIn('en')

/** What a conversation says about turns that the assistant no longer sees. */
export const chatContext = {
  note: {
    summarized: ({ first, last }: { readonly first: number; readonly last: number }) =>
      first === last
        ? `Turn ${formatNumber(first)} was summarized for the assistant`
        : `Turns ${formatNumber(first)} to ${formatNumber(last)} were summarized for the assistant`,
    omitted: ({ turns }: { readonly turns: number }) =>
      `The assistant no longer sees ${formatNumber(turns)} earlier ${plural(turns, { one: 'turn', other: 'turns' })}.`,
    modelsLink: 'Models',
  },
  /** What an answer was given of memory. */
  recall: {
    given: ({ count }: { readonly count: number }) =>
      `${formatNumber(count)} ${plural(count, { one: 'memory', other: 'memories' })} given to the assistant`,
    gone: ({ count }: { readonly count: number }) =>
      `${formatNumber(count)} ${plural(count, { one: 'memory is', other: 'memories are' })} deleted or not yours.`,
    sourceLink: 'Conversation',
  },
  /** Why an answer was given no memories. */
  recallFailures: {
    slow: 'Answered without memories: the memory took too long.',
    unavailable: 'Answered without memories: the memory is not available.',
    denied: 'Answered without memories: the policy denies it.',
  },
  /** Why turns are left out of a prompt. */
  omissions: {
    no_utility_model: 'The conversation has outgrown the model’s window, and no utility model is set to summarize it.',
    failed: 'The conversation has outgrown the model’s window, and its summary failed.',
    empty: 'The conversation has outgrown the model’s window, and its summary was empty.',
    slow: 'The conversation has outgrown the model’s window, and its summary took too long.',
  },
} as const
