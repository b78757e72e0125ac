/** A recorded signed policy must load forever. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { KeySet } from '../../../shared/identity/key-set.ts'
import { Subject, TenantId } from '../../../shared/ids.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { policyInput } from '../../../shared/policy/access-request.ts'
import { versionProblem } from '../../../shared/policy/constitution/signed-constitution.ts'
import type { PolicyStamp } from '../../../shared/policy/decision-result.ts'
import { type SignedPolicy, verifySignedPolicy } from '../../../shared/policy/signed-policy.ts'
import { examinePolicy } from '../../../shared/policy/trial/examine-policy.ts'
import sample from '../../samples/signed-policy.json' with { type: 'json' }

const keys = KeySet.parse(sample.keys)
assert.ok(keys.ok)
const admin = { tenant: TenantId.parse('acme'), subject: Subject.parse('operator'), roles: ['admin'], scopes: ['admin'], amr: [] } as const
const verify = (signed: SignedPolicy) => verifyBundle(signed, keys.value, { revision: 6, hash: '' })

/** Verifies an upload for `acme` as the gateway and the sandbox do. */
async function verifyBundle(policy: SignedPolicy, trusted: KeySet, current: PolicyStamp) {
  const signed = await verifySignedPolicy(policy, trusted, 'acme')
  if (!signed.ok) return signed
  const uploader = policyInput(admin, { action: 'admin.policy.update' })
  const error = await examinePolicy(policy.policy, { revision: signed.value.revision, current, uploader, at: 0 })
  return error ? { ok: false as const, error } : { ok: true as const, value: { stamp: signed.value } }
}

describe('L12: a revision', () => {
  it('may be at most a million above the active one', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const keySet = KeySet.parse({ keys: [{ ...(await exportJWK(publicKey)), kid: 'own', alg: 'ES256', use: 'sig' }] })
    assert.ok(keySet.ok)
    const loadOutcome = async (revision: number) => {
      const policy = JSON.stringify({ ...JSON.parse(sample.policy), revision })
      const claims = { use: 'soma-policy', tenant: 'acme', revision, sha256: textHash(policy) }
      const signature = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'ES256', kid: 'own' })
        .sign(privateKey)
      const verified = await verifyBundle({ policy, signature }, keySet.value, { revision: 6, hash: '' })
      return verified.ok ? 'accepted' : verified.error.why
    }
    assert.deepEqual(await Promise.all([6, 7, 1_000_006, 1_000_007, Number.MAX_SAFE_INTEGER].map(loadOutcome)), [
      'revision',
      'accepted',
      'accepted',
      'revision',
      'revision',
    ])
  })

  it('of a constitution has the same limit', () => {
    const faults = [1, 2, 1_000_001, 1_000_002, Number.MAX_SAFE_INTEGER].map((version) => versionProblem(version, 1) !== null)
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
