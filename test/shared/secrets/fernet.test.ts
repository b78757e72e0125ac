/** Fernet without its vectors (see `fernet-conformance.test.ts`). Every runtime seals and opens alike. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Fernet } from '../../../shared/secrets/fernet.ts'

const key = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const now = Date.UTC(2026, 0, 2)
const encoder = new TextEncoder()

async function fernet(text = key): Promise<Fernet> {
  const created = await Fernet.withKey(text)
  assert.ok(created.ok)
  return created.value
}

const refusal = (kind: string) => ({ ok: false, error: { kind } })

describe('Fernet', () => {
  it('opens sealed text of any length', async () => {
    const actual = await fernet()
    for (const length of [0, 1, 15, 16, 17, 1_000]) {
      const secret = encoder.encode('é'.repeat(length))
      assert.deepEqual(await actual.open(await actual.seal(secret, now), now), { ok: true, value: new Uint8Array(secret) })
    }
  })

  it('refuses every change of a single character', async () => {
    const actual = await fernet()
    const token = await actual.seal(encoder.encode('hello'), now)
    for (let index = 0; index < token.length; index += 1) {
      const changed = `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`
      assert.equal((await actual.open(changed, now)).ok, false, `changed at ${index}`)
    }
    for (const text of ['', `${token}\n`, ` ${token}`, token.replace(/=*$/, ''), `${token}AAAA`])
      assert.equal((await actual.open(text, now)).ok, false)
  })

  it('refuses a token of another key, an old one, and one from the future', async () => {
    const actual = await fernet()
    const token = await actual.seal(encoder.encode('hello'), now)
    assert.deepEqual(await (await fernet(key.replace('AwQ', 'BwQ'))).open(token, now), refusal('not_authentic'))
    assert.equal((await actual.open(token, now + 60_000, 60)).ok, true)
    assert.deepEqual(await actual.open(token, now + 61_000, 60), refusal('expired'))
    assert.equal((await actual.open(token, now - 60_000, 60)).ok, true)
    assert.deepEqual(await actual.open(token, now - 61_000, 60), refusal('expired'))
    assert.equal((await actual.open(token, now + 1e12)).ok, true)
  })

  it('needs a key of 32 bytes', async () => {
    for (const text of ['', 'short', key.slice(4), `${key}\n`, key.replace('=', '')])
      assert.deepEqual(await Fernet.withKey(text), refusal('malformed'))
  })
})
