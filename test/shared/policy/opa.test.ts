/** Decisions of an OPA server that answers with something else than a decision. No answer but `{"result": true}` allows. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideRemotely } from '../../../shared/policy/opa.ts'

const token = 'opa-token-0123456789'
/** A server that answers `allow` and `reasons` with these bodies. */
const server = (allow: string, reasons = '{}', status = 200) => ({
  url: 'http://opa.test/',
  token,
  fetch: async (url: unknown) => new Response(String(url).endsWith('/reasons') ? reasons : allow, { status }),
})

describe('An OPA server', () => {
  it('allows with true, and with nothing else', async () => {
    assert.equal((await decideRemotely(server('{"result":true}'), {})).allowed, true)
    for (const body of [
      '{"result":"true"}',
      '{"result":1}',
      '{"result":[true]}',
      '{"result":{"allow":true}}',
      '{"result":null}',
      '{}',
      'true',
      '[]',
      '',
      '<html>',
    ])
      assert.equal((await decideRemotely(server(body), {})).allowed, false, body)
    assert.equal((await decideRemotely(server('{"result":true}', '{}', 201), {})).allowed, false)
  })

  it('whose reasons repeat its token does not reveal it, and the reasons are bounded', async () => {
    const reasons = JSON.stringify({ result: [`Bearer ${token}`, 'x'.repeat(9_000), 5, null, ...Array(100).fill('why')] })
    const { detail } = await decideRemotely(server('{"result":false}', reasons), {})
    assert.equal(JSON.stringify(detail).includes(token), false)
    assert.equal(detail.length, 20)
    assert.ok(detail.every((text) => text.length <= 500))
  })
})
