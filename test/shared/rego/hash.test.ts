/** Digests are what others compute. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hash, hmac } from '../../../shared/rego/hash.ts'

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const bytes = fc.uint8Array({ maxLength: 300, size: 'max' })

describe('Digests', () => {
  for (const name of ['md5', 'sha1', 'sha256'] as const) {
    it(`by ${name} are what node:crypto says, keyed or not`, () => {
      fc.assert(
        fc.property(bytes, bytes, (message, key) => {
          assert.equal(hex(hash(name, message)), createHash(name).update(message).digest('hex'))
          assert.equal(hex(hmac(name, key, message)), createHmac(name, key).update(message).digest('hex'))
        }),
        { numRuns: 300 },
      )
      for (let length = 50; length < 70; length++)
        assert.equal(hex(hash(name, new Uint8Array(length))), createHash(name).update(new Uint8Array(length)).digest('hex'))
    })
  }
})
