import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { excerpt, KeyRedactor, redact } from '../../../shared/secrets/redact.ts'

const key = 'sk-aab-aac-4f2a'

const redactPieces = (pieces: readonly string[], hidden = key): string => {
  const redactor = new KeyRedactor(hidden)
  return pieces.map((piece) => redactor.add(piece)).join('') + redactor.flush()
}

describe('L13. A key in a stream of text', () => {
  it('is removed, for any cut of the text', () => {
    const text = `It is ${key}, and sk-aab-aasks-aab-aac-4f2a${key}. sk-aa`
    const clean = text.replaceAll(key, '[key]')
    for (let position = 0; position <= text.length; position++)
      assert.equal(redactPieces([text.slice(0, position), text.slice(position)]), clean)
    assert.equal(redactPieces([...text]), clean)
  })

  it('holds back less than its length', () => {
    const redactor = new KeyRedactor(key)
    assert.equal(redactor.add('Hello'), 'Hello')
    assert.equal(redactor.add(`, ${key.slice(0, -1)}`), ', ')
    assert.equal(redactor.flush(), key.slice(0, -1))
  })

  it('changes nothing if it is missing or too short to search for', () => {
    assert.equal(redactPieces(['a', 'b'], ''), 'ab')
    assert.equal(redact('none of it', 'none'), 'none of it')
  })
})

describe("An excerpt of a provider's words", () => {
  it('shows no key and nothing that looks like a secret', () => {
    const text = `bad ${key}; Bearer abcdefgh.ijk; sk-other123456; ${'0123456789abcdef'.repeat(3)}`
    assert.equal(excerpt(text, key), 'bad [key]; [secret]; [secret]; [secret]')
  })

  it('is one line of bounded length', () => {
    assert.equal(excerpt('a\n\tb', key), 'a b')
    assert.equal(excerpt('x '.repeat(1_000), key).length, 300)
  })
})
