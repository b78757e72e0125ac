/** Variables of policies, relations and audit trails. */
import type { Variable } from '../variable.ts'

export const policyVariables = {
  SOMA_POLICY_KEYS: {
    kind: 'json',
    expected: 'a JSON Web Key Set of public keys',
    default: '',
    where: ['gateway'],
    ifWrong: 'refuse',
    what: 'The keys that may sign policies and constitutions (RFC 7517). Without it none is accepted, and the built-in policy stays.',
  },
  OPA_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    where: ['gateway', 'conversation', 'tools', 'background'],
    ifWrong: 'unavailable',
    what: 'An OPA server that decides instead of the policy in the Worker. While it is unavailable, nothing is allowed.',
  },
  OPA_TOKEN: {
    kind: 'text',
    default: '',
    where: ['gateway', 'conversation', 'tools', 'background'],
    secret: true,
    what: 'The bearer token for that server.',
  },
  OPENFGA_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    where: ['state'],
    ifWrong: 'unavailable',
    what: "An OpenFGA server that keeps each tenant's relations, instead of the tenant's object. While it is unavailable, nothing is shared.",
  },
  OPENFGA_TOKEN: {
    kind: 'text',
    default: '',
    where: ['state'],
    secret: true,
    what: 'The bearer token for that server.',
  },
  SOMA_AUDIT_KEEP_DAYS: {
    kind: 'integer',
    unit: 'days',
    min: 1,
    default: '',
    where: ['state'],
    ifWrong: 'default',
    what: 'How long audit trails keep entries that are copied to Postgres. Without it they keep all entries. A pruned trail can still be verified.',
  },
} as const satisfies Record<string, Variable>
