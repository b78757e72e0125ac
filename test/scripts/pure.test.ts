import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { impurities } from '../../scripts/check/pure.ts'

const pure = (...lines: string[]) => ['/** Rules. Pure. */', ...lines].join('\n')

describe('A file that calls itself pure', () => {
  for (const call of [
    'Date.now()',
    'Math.random()',
    'new Date()',
    'crypto.randomUUID()',
    'crypto.getRandomValues(bytes)',
    'performance.now()',
    'setTimeout(run, 5)',
    'fetch(url)',
  ])
    it(`is reported with its line when it uses ${call}`, () => {
      const [name] = call.split('(')
      const [violation, ...more] = impurities('shared/a.ts', pure('', `const made = ${call}`))
      assert.deepEqual(more, [])
      assert.match(violation ?? '', /^shared\/a\.ts:3 calls itself pure and uses /)
      assert.ok(name && violation?.includes(name), violation)
    })

  it('is reported when an impure function is a default or a value', () => {
    assert.equal(impurities('a.ts', pure('const f = (random = Math.random) => random', 'const now = { now: Date.now }')).length, 2)
  })

  it('may name impure functions in comments, and take their results as arguments', () => {
    assert.deepEqual(impurities('a.ts', pure('// Date.now() is the caller’s', 'const url = "https://a" // setTimeout', 'new Date(at)')), [])
  })
})

describe('A file that does not call itself pure', () => {
  it('may read the clock', () => {
    assert.deepEqual(impurities('a.ts', '/** Portable. */\n/** Pure. */\nDate.now()'), [])
    assert.deepEqual(impurities('a.ts', 'Date.now()'), [])
  })
})
