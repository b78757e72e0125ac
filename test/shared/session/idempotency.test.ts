import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IdempotencyKey } from '../../../shared/api/messages.ts'
import { ImportKey } from '../../../shared/api/transfer.ts'
import { equivalentFingerprints, fingerprint } from '../../../shared/session/fingerprint.ts'
import { quotedKey, unquotedKey } from '../../../shared/session/idempotency-key.ts'

describe('A quoted key', () => {
  for (const [written, key] of [
    ['"k"', 'k'],
    [' "k" ', 'k'],
    ['k', 'k'],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ['"open', '"open'],
    ['a"b"', 'a"b"'],
    [String.raw`"a\b"`, String.raw`"a\b"`],
  ] as const)
    it(`${written} is ${key}`, () => assert.equal(unquotedKey(written), key))

  it('is what earlier releases recorded', () => {
    for (const key of ['k', 'a"b', String.raw`a\b`]) assert.equal(unquotedKey(quotedKey(key)), key)
    assert.equal(quotedKey('k'), '"k"')
  })

  it('is the same in every header schema, and must not be empty', () => {
    for (const schema of [IdempotencyKey, ImportKey]) {
      assert.deepEqual(schema.parse({ 'idempotency-key': '"k"' }), { 'idempotency-key': 'k' })
      assert.equal(schema.safeParse({ 'idempotency-key': '""' }).success, false)
      assert.equal(schema.safeParse({ 'idempotency-key': 'a b' }).success, false)
    }
  })
})

describe('A fingerprint', () => {
  const allFingerprints = async (request: Parameters<typeof fingerprint>[0]) => [
    await fingerprint(request),
    ...(await equivalentFingerprints(request)),
  ]

  it('of explicit defaults equals that of absent ones, as either release records it', async () => {
    for (const request of [{ message: 'x' }, { message: 'x', persona_id: 'p', parent_turn_id: null }, { regenerates: 't' }]) {
      const [absent, withMetadata] = [await allFingerprints(request), await allFingerprints({ ...request, metadata: {} })]
      assert.deepEqual(new Set(absent), new Set(withMetadata))
      // What is recorded stays what the previous release would record.
      assert.notEqual(absent[0], withMetadata[0])
    }
  })

  it('of other content is another', async () => {
    const same = await allFingerprints({ message: 'x' })
    for (const request of [{ message: 'y' }, { message: 'x', metadata: { a: 'b' } }, { message: 'x', parent_turn_id: null }])
      assert.deepEqual(
        (await allFingerprints(request)).filter((value) => same.includes(value)),
        [],
      )
    assert.deepEqual(await equivalentFingerprints({ message: 'x', metadata: { a: 'b' } }), [])
  })
})
