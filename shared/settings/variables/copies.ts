/** Variables of the copies of sessions' logs. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const copyVariables = {
  SOMA_DATABASE_URL: {
    kind: 'url',
    protocols: ['postgres', 'postgresql'],
    default: '',
    readBy: ['background', 'start'],
    secret: true,
    ifWrong: 'default',
    description:
      'The Postgres that holds copies of sessions and audit trails. Without it `npm start` starts one; a deployment makes no copies.',
  },
  SOMA_DATABASE_HTTP: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['background', 'start'],
    ifWrong: 'refuse',
    description: "The address that speaks Neon's SQL-over-HTTP protocol for that database. Without it, Neon itself is used.",
  },
  KAFKA_REST_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['background', 'start'],
    ifWrong: 'unavailable',
    description: 'A Kafka REST API v2 that events are published to. `SOMA_CONSUMERS` must name `topics`; `npm start` adds it.',
  },
  KAFKA_REST_AUTHORIZATION: {
    kind: 'text',
    default: '',
    readBy: ['background'],
    secret: true,
    description: 'The whole `Authorization` header for that API, e.g. `Basic …`.',
  },
} as const satisfies Record<string, Variable>
