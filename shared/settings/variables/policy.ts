/** Variables of policies, relations and audit trails. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const policyVariables = {
  SOMA_POLICY_KEYS: {
    kind: 'json',
    expected: 'a JSON Web Key Set of public keys',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description:
      'The keys that may sign policies and constitutions (RFC 7517). Without it none is accepted, and the built-in policy stays.',
  },
  OPA_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['gateway', 'conversation', 'tools', 'background'],
    ifWrong: 'unavailable',
    description: 'An OPA server that decides instead of the policy in the Worker. While it is unavailable, nothing is allowed.',
  },
  OPA_TOKEN: {
    kind: 'text',
    default: '',
    readBy: ['gateway', 'conversation', 'tools', 'background'],
    secret: true,
    description: 'The bearer token for that server.',
  },
  OPENFGA_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['state'],
    ifWrong: 'unavailable',
    description:
      "An OpenFGA server that keeps each tenant's relations, instead of the tenant's object. While it is unavailable, nothing is shared.",
  },
  OPENFGA_TOKEN: {
    kind: 'text',
    default: '',
    readBy: ['state'],
    secret: true,
    description: 'The bearer token for that server.',
  },
  SOMA_AUDIT_KEEP_DAYS: {
    kind: 'integer',
    unit: 'days',
    min: 1,
    default: '90',
    readBy: ['state'],
    emptyIsValue: true,
    ifWrong: 'default',
    description:
      'How long audit trails keep entries that are copied to Postgres. Empty: until the storage is nearly full. A pruned trail can still be verified.',
  },
  SOMA_AUDIT_MAX_MB: {
    kind: 'integer',
    unit: 'megabytes',
    min: 1,
    default: '10000',
    readBy: ['state'],
    ifWrong: 'default',
    description:
      'The storage of one audit trail. From 80 % on, `/ready` and the log raise an alarm, and all copied entries are pruned. Cloudflare gives an object 10 GB.',
  },
} as const satisfies Record<string, Variable>
