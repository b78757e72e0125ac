/** The dialects by provider. */
import type { RemoteProvider } from '../../../../shared/model/providers.ts'
import type { Dialect } from '../dialect.ts'
import { openAIChat } from '../openai-compatible.ts'
import { anthropicMessages } from './anthropic.ts'

export const dialects: Readonly<Record<RemoteProvider, Dialect>> = {
  'openai-compatible': openAIChat,
  anthropic: anthropicMessages,
}
