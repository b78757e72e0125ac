/** Policies to upload: the built-in policy and variations, with valid or invalid signatures. */
import { env } from 'cloudflare:workers'
import { CompactSign, importJWK } from 'jose'
import committed from '../../../../policy/plan.json'
import { textHash } from '../../../../shared/lib/text-hash.ts'

const { TEST_POLICY_KEY } = env as unknown as { TEST_POLICY_KEY: string }

const principal = { id: 'ada', tenant: 'acme', roles: ['admin'], scopes: [] }
export const tests = [
  { name: 'an admin', input: { principal, action: 'admin.policy.read', resource: { tenant: 'acme' }, context: {} }, allow: true },
  { name: 'an empty input', input: {}, allow: false },
]

export const bundle = (revision: number, overrides: object = {}): string =>
  JSON.stringify({ revision, plan: committed, tests, ...overrides })

/** The built-in plan without `action`: its string is replaced by an action that no request has. */
export function planWithout(action: string): unknown {
  return JSON.parse(JSON.stringify(committed).replaceAll(JSON.stringify({ value: action }), JSON.stringify({ value: `no.${action}` })))
}

export async function signedPolicy(
  policy: string,
  { tenant = '*', overrides = {}, key = TEST_POLICY_KEY }: { tenant?: string; overrides?: object; key?: string } = {},
) {
  const claims = { use: 'soma-policy', tenant, revision: JSON.parse(policy).revision, sha256: textHash(policy), ...overrides }
  const signature = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'test' })
    .sign(await importJWK(JSON.parse(key), 'ES256'))
  return { policy, signature }
}
