import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { boundDraft, maxPartBytes, maxRefusalBytes, shorten } from '../../../shared/audit/bound.ts'
import { type AuditDraft, canonical } from '../../../shared/audit/entry.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '')
const change: AuditDraft = { kind: 'change', subject: 'ada', action: 'relation.write', target: 'session:s', outcome: 'done' }
const names = Array.from({ length: 100 }, (_, n) => `session:s#viewer@user:${n}-${'x'.repeat(450)}`)

describe('H2: an audit entry', () => {
  it('stays as it is when it is short', () => {
    const draft = { ...change, detail: { writes: names.slice(0, 2) }, reasons: ['a'], input: { a: [1, null, 'é'] } }
    assert.equal(boundDraft(draft), draft)
  })

  it('lists the count, the first elements and the hash of a long list', () => {
    const { detail } = boundDraft({ ...change, detail: { writes: names, deletes: names } })
    const { writes } = detail as { writes: { count: number; first: string[]; sha256: string } }
    assert.ok(bytes(detail) <= maxPartBytes)
    assert.deepEqual([writes.count, writes.sha256], [100, textHash(JSON.stringify(names))])
    assert.ok(writes.first.length > 5 && writes.first[0]?.startsWith('session:s#viewer@user:0-x'))
  })

  it('of a refusal does not hold its body', () => {
    for (const outcome of ['refused', 'denied', 'failed']) {
      const { detail } = boundDraft({ ...change, outcome, detail: { writes: names, why: 'validation_error' } })
      assert.ok(bytes(detail) <= maxRefusalBytes)
      assert.equal(detail?.why, 'validation_error')
    }
  })

  it('says that a long input is no longer the whole input', () => {
    const input = { principal: { id: 'ada' }, action: 'a.b', resource: { name: 'n'.repeat(20_000) }, context: { relations: ['viewer'] } }
    const bounded = boundDraft({ ...change, kind: 'decision', input }).input as typeof input & { context: { withheld: string[] } }
    assert.deepEqual([bounded.principal, bounded.context], [input.principal, { relations: ['viewer'], withheld: ['length'] }])
    assert.ok(bytes(bounded) <= maxPartBytes)
  })

  it('is bounded in every part and for every shape', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % below
    }
    const pieces = ['a', '\u0000', '"', '\ud800', '😀', 'é']
    const text = () => (pieces[random(pieces.length)] ?? '').repeat(random(3) === 0 ? random(3_000) : random(40))
    let nodes = 0
    const randomValue = (depth: number): unknown => {
      if (++nodes > 300) return 1
      const count = random(random(4) === 0 ? 200 : 6)
      switch (depth <= 0 ? 0 : random(3)) {
        case 1:
          return Array.from({ length: count }, () => randomValue(depth - 1))
        case 2:
          return Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}${text().slice(0, 150)}`, randomValue(depth - 1)]))
        default:
          return random(3) === 0 ? random(1_000_000) : text()
      }
    }
    for (let round = 0; round < 30; round++) {
      nodes = 0
      const value = randomValue(random(5))
      for (const limit of [200, 512, maxPartBytes]) {
        const short = shorten(value, limit)
        assert.ok(bytes(short) <= limit, `${bytes(short)} of ${limit}: ${JSON.stringify(value).slice(0, 200)}`)
      }
      const fields = { detail: { value }, input: value, reasons: Array.from({ length: random(100) }, text), target: text() }
      for (const outcome of ['done', 'refused']) {
        const entry = canonical({ ...boundDraft({ ...change, ...fields, outcome }), tenant: 't', seq: 1, at: 1 })
        assert.ok(Buffer.byteLength(entry) <= 3 * maxPartBytes + 2_048)
      }
    }
  })

  it('is bounded when it is nested deep', () => {
    let value: unknown = 'x'.repeat(300)
    for (let depth = 0; depth < 2_000; depth++) value = depth % 2 ? [value] : { value }
    assert.ok(bytes(shorten(value, maxPartBytes)) <= maxPartBytes)
  })
})
