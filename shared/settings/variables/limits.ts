/** Variables of rate limits and of the count of failed credentials. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const limitVariables = {
  SOMA_RATE_LIMITS: {
    kind: 'choice',
    values: ['off'],
    default: '',
    readBy: ['gateway'],
    ifWrong: 'default',
    description: '`off`: requests and open streams are not counted by user. Use it if a proxy in front of the gateway counts them.',
  },
  SOMA_ADDRESS_HEADER: {
    kind: 'text',
    form: { pattern: /^[\w!#$%&'*+.^`|~-]+$/, expected: 'the name of a header' },
    default: 'cf-connecting-ip',
    readBy: ['gateway', 'start'],
    emptyIsValue: true,
    ifWrong: 'refuse',
    description:
      "The header in which the platform names the client's address. Clients must not be able to write it. Failed credentials are counted by it; empty: they are not counted. `npm start` sets it empty.",
  },
  UPSTASH_REDIS_REST_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['gateway'],
    ifWrong: 'default',
    description: "Counts requests in this Redis, over Upstash's HTTP interface. Without it objects count them.",
  },
  UPSTASH_REDIS_REST_TOKEN: {
    kind: 'text',
    default: '',
    readBy: ['gateway'],
    secret: true,
    description: 'The token for that Redis.',
  },
} as const satisfies Record<string, Variable>
