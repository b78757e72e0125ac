import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { crypto } from '../../../shared/rego/builtins/crypto.ts'
import { Evaluation } from '../../../shared/rego/evaluation.ts'

const call = (name: string, ...args: string[]) => crypto[name]?.(new Evaluation(1_000_000, 0n, 0, true), ...args)
const text = fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' })

describe('Digests', () => {
  for (const name of ['md5', 'sha1', 'sha256'] as const) {
    it(`by ${name} equal those of node:crypto, keyed or not`, () => {
      fc.assert(
        fc.property(text, text, (message, key) => {
          assert.equal(call(`crypto.${name}`, message), createHash(name).update(message).digest('hex'))
          assert.equal(call(`crypto.hmac.${name}`, message, key), createHmac(name, key).update(message).digest('hex'))
        }),
        { numRuns: 300 },
      )
      for (let length = 50; length < 70; length++) {
        const message = '\0'.repeat(length)
        assert.equal(call(`crypto.${name}`, message), createHash(name).update(message).digest('hex'))
      }
    })
  }
})
