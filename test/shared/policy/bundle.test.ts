/** A recorded signed policy must load forever. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KeySet } from '../../../shared/identity/key-set.ts'
import { Subject, TenantId } from '../../../shared/ids.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { policyInput } from '../../../shared/policy/access-request.ts'
import { type SignedPolicy, verifyBundle } from '../../../shared/policy/bundle.ts'
import sample from '../../samples/signed-policy.json' with { type: 'json' }

const keys = KeySet.parse(sample.keys)
assert.ok(keys.ok)
const admin = { tenant: TenantId.parse('acme'), subject: Subject.parse('operator'), roles: ['admin'], scopes: ['admin'], amr: [] } as const
const verify = (signed: SignedPolicy) =>
  verifyBundle(signed, keys.value, 'acme', { revision: 6, hash: '' }, policyInput(admin, { action: 'admin.policy.update' }), 0)

describe('The policy that an earlier release signed', () => {
  it('is accepted under its hash', async () => {
    const verified = await verify(sample)
    assert.ok(verified.ok, JSON.stringify(verified))
    assert.deepEqual(verified.value.stamp, { revision: 7, hash: textHash(sample.policy) })
  })

  it('is refused after one byte changes', async () => {
    const verified = await verify({ ...sample, policy: sample.policy.replace('žofie', 'zofie') })
    assert.ok(!verified.ok && verified.error.why === 'signature')
  })
})
