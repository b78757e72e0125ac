/** Variables of sessions and their objects. */
import { allDeployables, type Variable } from '../variable.ts'

/** The variables by name. */
export const sessionVariables = {
  SOMA_RESIDENCY: {
    kind: 'json',
    expected: 'an object that names a jurisdiction or a location for each tenant',
    default: '',
    readBy: allDeployables,
    ifWrong: 'refuse',
    description:
      'Where tenants\' objects live, e.g. `{"acme": {"jurisdiction": "eu"}}`. It must be the same in every Worker, and must not change once a tenant has data.',
  },
  SOMA_LEASE_MS: {
    kind: 'integer',
    unit: 'milliseconds',
    min: 1,
    default: '15000',
    readBy: ['state'],
    ifWrong: 'default',
    description: "How long a turn's lease lasts without a byte from its runner, and a tool call's until it is claimed. Tests shorten it.",
  },
  SOMA_CONSUMERS: {
    kind: 'list',
    values: ['relay', 'memory', 'topics'],
    default: 'relay memory',
    readBy: ['state', 'start'],
    emptyIsValue: true,
    ifWrong: 'default',
    description:
      "The consumers that copy sessions' logs: `relay` to Postgres, `memory` to the users' memories, `topics` to Kafka. Unknown names are skipped. A consumer that is added later starts with each session's first event.",
  },
} as const satisfies Record<string, Variable>
