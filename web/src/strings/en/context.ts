import { formatNumber } from '../format.ts'
import { pluralIn } from '../plural.ts'

const plural = pluralIn('en')

/** What the model sees: the pieces of its next prompt. */
export const context = {
  title: 'What the model sees',
  text: 'The pieces of the next prompt, in their order. Token counts are estimates.',
  model: ({ model, room }: { readonly model: string; readonly room: string }) =>
    `The model “${model}” has room for ${room} tokens of the prompt.`,
  window: ({ tokens, answer }: { readonly tokens: string; readonly answer: string }) =>
    `Its window has ${tokens} tokens, less ${answer} for the answer.`,
  unknownWindow: 'Its window is unknown, so this is a safe default. An admin can set the window in the model profile.',
  unexplained: 'The pieces cannot be shown at the moment. Try again later.',
  empty: 'Nothing yet. The next message is the first piece.',
  used: ({ used, room }: { readonly used: string; readonly room: string }) => `${used} of ${room} tokens used`,
  tokens: ({ count }: { readonly count: number }) => `${formatNumber(count)} ${plural(count, { one: 'token', other: 'tokens' })}`,
  kinds: {
    preamble: 'Workspace instructions',
    persona: 'Persona',
    user_instructions: 'Your instructions',
    tools: 'Tool descriptions',
    memories: 'Memories',
    summary: 'Summary of earlier turns',
    history: 'Earlier messages',
    tool_results: 'Tool calls and results',
    attachments: 'Attachments',
    message: 'Latest message',
  },
  reasons: {
    required: 'Always included',
    fits: 'Included',
    shortened: 'Included in part',
    no_room: 'Left out: no room',
    slow: 'Left out: the memory took too long',
    unavailable: 'Left out: the memory is not available',
    denied: 'Left out: the policy denies it',
  },
}
