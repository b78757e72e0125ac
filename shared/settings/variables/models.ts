/** Variables of the models that answer where a tenant has no model profile. */
import type { Variable } from '../variable.ts'

export const modelVariables = {
  SOMA_MODEL_BASE_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    where: ['conversation', 'start'],
    ifWrong: 'unavailable',
    what: 'The address of an OpenAI-compatible endpoint, up to and including the version. Without it the builtin responder answers.',
  },
  SOMA_MODEL: {
    kind: 'text',
    default: '',
    where: ['conversation', 'start'],
    what: 'The model that is asked there.',
  },
  SOMA_MODEL_API_KEY: {
    kind: 'text',
    default: '',
    where: ['conversation'],
    secret: true,
    what: 'The key for that endpoint. Without it no `Authorization` header is sent.',
  },
  SOMA_LOOPBACK_MODELS: {
    kind: 'flag',
    default: '',
    where: ['conversation'],
    ifWrong: 'default',
    what: "Lets tenants' model profiles name this machine. Only for development, where `npm start` sets it.",
  },
  SOMA_MODEL_FIRST_TOKEN_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 0,
    default: '120000',
    where: ['conversation'],
    ifWrong: 'default',
    what: 'How long an attempt waits for the first token.',
  },
  SOMA_MODEL_BETWEEN_TOKENS_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 0,
    default: '30000',
    where: ['conversation'],
    ifWrong: 'default',
    what: 'How long an attempt waits between two tokens, or for any other sign of life of the provider.',
  },
  SOMA_MODEL_KEEP_ALIVE_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 0,
    default: '600000',
    where: ['conversation'],
    ifWrong: 'default',
    what: 'How long signs of life without a token, such as keep-alive comments, prolong an attempt.',
  },
  SOMA_BUILTIN_WORD_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 0,
    default: '20',
    where: ['conversation'],
    ifWrong: 'default',
    what: 'The pause of the builtin responder between two words.',
  },
} as const satisfies Record<string, Variable>
