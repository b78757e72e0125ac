/** Variables of the models that answer where a tenant has no model profile. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const modelVariables = {
  SOMA_MODEL_BASE_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['conversation', 'start'],
    ifWrong: 'unavailable',
    description: 'The address of an OpenAI-compatible endpoint, up to and including the version. Without it the builtin responder answers.',
  },
  SOMA_MODEL: {
    kind: 'text',
    default: '',
    readBy: ['conversation', 'start'],
    description: 'The model at that endpoint.',
  },
  SOMA_MODEL_API_KEY: {
    kind: 'text',
    default: '',
    readBy: ['conversation'],
    secret: true,
    description: 'The key for that endpoint. Without it no `Authorization` header is sent.',
  },
  SOMA_LOOPBACK_MODELS: {
    kind: 'flag',
    default: '',
    readBy: ['conversation'],
    ifWrong: 'default',
    description: "Lets tenants' model profiles name this machine. Only for development, where `npm start` sets it.",
  },
  SOMA_MODEL_PORTS: {
    kind: 'text',
    form: { pattern: /^\d{1,5}(,\d{1,5})*$/, expected: 'port numbers, separated by commas' },
    default: '443,8443',
    readBy: ['conversation'],
    ifWrong: 'default',
    description: "The ports that tenants' model profiles may use on the public internet.",
  },
  SOMA_NETWORK_CHECK: {
    kind: 'choice',
    values: ['on', 'off'],
    default: 'on',
    readBy: ['conversation', 'connectors'],
    ifWrong: 'default',
    description:
      "Whether tenants' models, pages and MCP servers are called only if the Worker's network refuses private addresses. See docs/runbook/models.md.",
  },
  SOMA_MODEL_FIRST_TOKEN_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 0,
    default: '120000',
    readBy: ['conversation'],
    ifWrong: 'default',
    description: 'How long an attempt waits for the first token.',
  },
  SOMA_MODEL_BETWEEN_TOKENS_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 0,
    default: '30000',
    readBy: ['conversation'],
    ifWrong: 'default',
    description: 'How long an attempt waits between two tokens, or for any other keep-alive signal of the provider.',
  },
  SOMA_MODEL_KEEP_ALIVE_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 0,
    default: '600000',
    readBy: ['conversation'],
    ifWrong: 'default',
    description: 'How long keep-alive signals without a token, such as comments, prolong an attempt.',
  },
  SOMA_BUILTIN_WORD_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 0,
    default: '20',
    readBy: ['conversation'],
    ifWrong: 'default',
    description: 'The pause of the builtin responder between two words.',
  },
} as const satisfies Record<string, Variable>
