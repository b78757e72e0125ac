/** The dialects by provider. */
import type { RemoteProvider } from '../../../../shared/model/providers.ts'
import type { Dialect } from '../dialect.ts'
import { openAIChat } from '../openai-compatible.ts'
import { anthropicMessages } from './anthropic.ts'
import { googleGenerateContent } from './google.ts'
import { ollamaChat } from './ollama.ts'
import { openAIResponses } from './openai-responses.ts'
import { workersAI } from './workers-ai.ts'

export const dialects: Readonly<Record<RemoteProvider, Dialect>> = {
  'openai-compatible': openAIChat,
  anthropic: anthropicMessages,
  google: googleGenerateContent,
  'openai-responses': openAIResponses,
  ollama: ollamaChat,
  'workers-ai': workersAI,
}
