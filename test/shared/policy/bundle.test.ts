/** A recorded signed policy must load forever. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { KeySet } from '../../../shared/identity/key-set.ts'
import { Subject, TenantId } from '../../../shared/ids.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { policyInput } from '../../../shared/policy/access-request.ts'
import { type SignedPolicy, verifyBundle } from '../../../shared/policy/bundle.ts'
import { versionFault } from '../../../shared/policy/constitution/check.ts'
import sample from '../../samples/signed-policy.json' with { type: 'json' }

const keys = KeySet.parse(sample.keys)
assert.ok(keys.ok)
const admin = { tenant: TenantId.parse('acme'), subject: Subject.parse('operator'), roles: ['admin'], scopes: ['admin'], amr: [] } as const
const verify = (signed: SignedPolicy) =>
  verifyBundle(signed, keys.value, 'acme', { revision: 6, hash: '' }, policyInput(admin, { action: 'admin.policy.update' }), 0)

describe('L12: a revision', () => {
  it('may be at most a million above the active one', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const own = KeySet.parse({ keys: [{ ...(await exportJWK(publicKey)), kid: 'own', alg: 'ES256', use: 'sig' }] })
    assert.ok(own.ok)
    const verdict = async (revision: number) => {
      const policy = JSON.stringify({ ...JSON.parse(sample.policy), revision })
      const claims = { use: 'soma-policy', tenant: 'acme', revision, sha256: textHash(policy) }
      const signature = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'ES256', kid: 'own' })
        .sign(privateKey)
      const uploader = policyInput(admin, { action: 'admin.policy.update' })
      const verified = await verifyBundle({ policy, signature }, own.value, 'acme', { revision: 6, hash: '' }, uploader, 0)
      return verified.ok ? 'accepted' : verified.error.why
    }
    assert.deepEqual(await Promise.all([6, 7, 1_000_006, 1_000_007, Number.MAX_SAFE_INTEGER].map(verdict)), [
      'revision',
      'accepted',
      'accepted',
      'revision',
      'revision',
    ])
  })

  it('of a constitution has the same limit', () => {
    const faults = [1, 2, 1_000_001, 1_000_002, Number.MAX_SAFE_INTEGER].map((version) => versionFault(version, 1) !== null)
    assert.deepEqual(faults, [true, false, false, true, true])
  })
})

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
