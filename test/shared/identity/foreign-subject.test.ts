import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { foreignSubject } from '../../../shared/identity/foreign-subject.ts'
import { Subject } from '../../../shared/ids.ts'

describe('The subject of another issuer', () => {
  it('stays as it is when it is printable, and is readable otherwise', () => {
    for (const sub of ['alice', '1234', 'a@b.example', 'auth0|5f7c', '50%', '~', 'CN=One,OU=x']) assert.equal(foreignSubject(sub), sub)
    assert.equal(foreignSubject('CN=Person One,OU=x'), 'sub~CN=Person%20One,OU=x')
    assert.equal(foreignSubject('Jürgen'), 'sub~J%C3%BCrgen')
    assert.equal(foreignSubject('sub~x'), 'sub~sub%7Ex')
    assert.match(foreignSubject('ü'.repeat(200)) ?? '', /^sub~~[\w-]{43}$/)
  })

  it('is refused when it is empty, too long, or no text', () => {
    for (const sub of ['', 'x'.repeat(1_025), '\ud800', null, undefined, 7, ['alice'], {}]) assert.equal(foreignSubject(sub), null)
  })

  it('is a valid subject, and distinct for every `sub`', () => {
    const character = fc.constantFrom('a', ' ', '%', '~', '2', '0', 's', 'u', 'b', ',', '\n', '\0', 'ü', '😀')
    const sub = fc.oneof(
      fc.string({ unit: character, minLength: 1, maxLength: 12 }),
      fc.string({ unit: character, minLength: 1, maxLength: 8 }).map((end) => `sub~${end}`),
      fc.string({ minLength: 200, maxLength: 300, unit: 'binary' }),
    )
    const textBySubject = new Map<string, string>()
    fc.assert(
      fc.property(sub, (text) => {
        const subject = foreignSubject(text)
        assert.ok(subject !== null && Subject.safeParse(subject).success)
        assert.equal(textBySubject.get(subject) ?? text, text)
        textBySubject.set(subject, text)
        // Every mapped subject is itself a possible `sub`. It must become another subject.
        if (subject !== text) assert.notEqual(foreignSubject(subject), subject)
      }),
      { numRuns: 3_000 },
    )
  })
})
