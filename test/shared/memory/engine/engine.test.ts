/** The rules of the memory engine, beside values from reference.py, which shares no code with them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { Coordinate } from '../../../../shared/api/memory-engine.ts'
import { coordinateText, isWithin, parseCoordinate } from '../../../../shared/memory/engine/coordinate.ts'
import { dotProducts, hashEmbedding, parseEmbedding } from '../../../../shared/memory/engine/embedding.ts'
import { type Link, shortestPath } from '../../../../shared/memory/engine/graph.ts'
import { ImportanceReservoir, reservoirSize } from '../../../../shared/memory/engine/importance.ts'
import { hybridScore, strictScore } from '../../../../shared/memory/engine/score.ts'
import { characterPairs, isUnspaced, maxTerms, payloadFault, payloadText, queryTerms } from '../../../../shared/memory/engine/terms.ts'
import reference from './reference.json' with { type: 'json' }

function reservoirOf(history: readonly number[]): ImportanceReservoir {
  const reservoir = new ImportanceReservoir()
  for (const raw of history) reservoir.add(raw)
  return reservoir
}

describe('An embedding by hash', () => {
  for (const { text, dimension, sha256, first } of reference.embeddings)
    it(`has the bits of the reference: ${JSON.stringify(text)} in ${dimension}`, () => {
      const vector = hashEmbedding(text, dimension)
      assert.deepEqual([...vector.slice(0, 4)], first)
      assert.equal(createHash('sha256').update(new Uint8Array(vector.buffer)).digest('hex'), sha256)
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6)
    })
})

describe('A vector from outside', () => {
  it('becomes a unit vector of float32', () => {
    assert.deepEqual(parseEmbedding([3, 4]), { ok: true, value: Float32Array.of(0.6, 0.8) })
    assert.deepEqual(parseEmbedding([3e38, 0]), { ok: true, value: Float32Array.of(1, 0) })
    assert.deepEqual(parseEmbedding([0, -1e-40]), { ok: true, value: Float32Array.of(0, -1) })
  })
  it('is refused with the place of the error', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e39])
      assert.deepEqual(parseEmbedding([1, bad]), { ok: false, error: 'Number 1 of the vector is not a finite 32-bit number.' })
    assert.deepEqual(parseEmbedding([0, 1e-60]), { ok: false, error: 'A vector of zeros has no direction.' })
  })
})

describe('The dot products', () => {
  it('are those of each vector with the query, for every length', () => {
    for (const length of [1, 2, 3, 4, 5, 8, 11]) {
      const vectors = Float32Array.from({ length: 3 * length }, (_, at) => ((at * 7) % 11) - 5)
      const query = Float32Array.from({ length }, (_, at) => at - 2)
      const into = new Float64Array(3)
      dotProducts(vectors, query, into)
      for (const row of [0, 1, 2]) {
        const expected = query.reduce((sum, value, at) => sum + value * (vectors[row * length + at] ?? 0), 0)
        assert.equal(into[row], expected)
      }
    }
  })
})

describe('A score', () => {
  const grid = [-2, -1, -0.3, 0, 1e-9, 0.4, 1, 3, Number.NaN]
  it('is max(0, cos) · importance by default', () => {
    assert.equal(strictScore(0.5, 0.4).score, 0.2)
    assert.equal(strictScore(-0.5, 0.4).score, 0)
  })
  it('stays from 0 to 1, and its parts sum to it', () => {
    for (const cos of grid)
      for (const keyword of grid)
        for (const importance of grid)
          for (const { score, parts } of [strictScore(cos, importance), hybridScore(cos, keyword, importance)]) {
            assert.ok(score >= 0 && score <= 1, `${score}`)
            assert.ok(Math.abs(Object.values(parts).reduce((sum, part) => sum + part, 0) - score) < 1e-9)
          }
  })
  it('grows with each part', () => {
    const base = hybridScore(0.3, 0.3, 0.3).score
    for (const boost of [0, 1, 100]) assert.ok(hybridScore(1, 1, 1, boost).score > 1 - 1e-9)
    assert.ok(hybridScore(0.2, 0.9, 0, 5).score > hybridScore(0.2, 0.9, 0, 1).score)
    for (const better of [hybridScore(0.4, 0.3, 0.3), hybridScore(0.3, 0.4, 0.3), hybridScore(0.3, 0.3, 0.4)])
      assert.ok(better.score > base)
    assert.ok(hybridScore(1, 1, 1).score > 1 - 1e-9)
  })
  it('is 0 for an important memory that does not fit', () => assert.equal(hybridScore(-1, 0, 1).score, 0))
})

describe('Importance', () => {
  for (const { name, history, values } of reference.importance)
    it(`follows the reference: ${name}`, () => {
      const reservoir = reservoirOf(history)
      for (const [raw, method, expected] of values) {
        assert.equal(reservoir.method, method)
        assert.ok(Math.abs(reservoir.normalise(Number(raw)) - Number(expected)) < 1e-12, `${raw}: ${expected}`)
      }
    })

  it('never falls as the raw value grows', () => {
    for (const { history } of reference.importance) {
      const reservoir = reservoirOf(history)
      const normal = Array.from({ length: 200 }, (_, at) => reservoir.normalise(at * 2 - 100))
      assert.deepEqual(
        normal,
        normal.toSorted((a, b) => a - b),
      )
    }
  })

  it('goes on learning after the reservoir is full', () => {
    const reservoir = reservoirOf(Array.from({ length: reservoirSize }, (_, at) => at % 10))
    for (let at = 0; at < reservoirSize; at += 1) reservoir.add(1_000 + (at % 10))
    assert.equal(reservoir.state.values.length, reservoirSize)
    assert.equal(reservoir.normalise(1_000), 0)
    assert.ok((reservoir.state.quantiles?.q10 ?? 0) >= 1_000)
  })

  it('goes on the same after it was stored, before the reservoir is full and after', () => {
    const { history } = reference.importance[3] ?? { history: [] }
    for (const length of [0, 1, 100, 512, 700]) {
      const reservoir = reservoirOf(history.slice(0, length))
      const stored = new ImportanceReservoir(JSON.parse(JSON.stringify(reservoir.state)))
      assert.deepEqual(stored.state, reservoir.state)
      assert.deepEqual(reservoir.state.values, history.slice(0, length).slice(-reservoirSize))
      for (const raw of history.slice(length)) {
        reservoir.add(raw)
        stored.add(raw)
      }
      assert.deepEqual(stored.state, reservoir.state)
    }
  })

  it('draws in a tail of up to 15 times the upper half, and bends a longer one', () => {
    // Values from 0 to 1, and one larger one.
    const tail = (largest: number) => reservoirOf([...Array.from({ length: 127 }, (_, at) => at / 126), largest])
    assert.equal(tail(2).method, 'min-max')
    assert.equal(tail(5).method, 'winsor')
    assert.equal(tail(50).method, 'logistic')
  })

  it('is 0.5 before anything is known', () => assert.equal(new ImportanceReservoir().normalise(3), 0.5))
  it('refuses what is no finite number', () => assert.throws(() => new ImportanceReservoir().add(Number.NaN), RangeError))
})

describe('A coordinate', () => {
  it('has one text', () => {
    for (const [text, expected] of [
      ['1,2.5,3', '1,2.5,3'],
      [' 1.0, -0 ,1e2', '1,0,100'],
      ['.5', '0.5'],
    ] as const) {
      const parsed = parseCoordinate(text)
      assert.ok(parsed.ok)
      assert.equal(coordinateText(parsed.value), expected)
      assert.equal(Coordinate.parse(text), expected)
    }
  })
  for (const text of ['', ',', '1,', 'a', '1;2', 'NaN', 'Infinity', '0x10', '1e999', '1 2', Array(17).fill('1').join(), '1'.repeat(401)])
    it(`is not ${JSON.stringify(text.slice(0, 40))}`, () => {
      const parsed = parseCoordinate(text)
      assert.ok(!parsed.ok && /^A .*\.$/.test(parsed.error))
      assert.equal(Coordinate.safeParse(text).success, false)
    })
  it('lies in a box with its corners', () => {
    assert.ok(isWithin([1, 2], [1, 0], [1, 2]))
    assert.ok(!isWithin([1, 2.1], [1, 0], [1, 2]))
    assert.ok(!isWithin([1], [1, 0], [1, 2]))
  })
})

describe('A payload', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 'x' : [nested(levels - 1)])
  it('has the text of its strings, in order', () => {
    assert.equal(payloadText({ a: 'one', n: 3, b: ['two', { c: 'three' }], z: null }), 'one\ntwo\nthree')
    assert.equal(payloadText(nested(5_000)), '')
  })
  it('has at most eight levels and finite numbers only', () => {
    assert.equal(payloadFault({ a: [1, 'x', null, true] }), null)
    assert.equal(payloadFault({ a: JSON.parse('1e999') }), 'must hold finite numbers only')
    assert.match(payloadFault({ a: '\ud800' }) ?? '', /well-formed/)
    assert.equal(payloadFault({ a: nested(7) }), null)
    assert.match(payloadFault({ a: nested(8) }) ?? '', /levels/)
  })
})

describe('The terms of a query', () => {
  it('are phrases, long words, hexadecimal numbers and runs without spaces', () => {
    assert.deepEqual(queryTerms('the "red door" of 0xA 東京の tree and Tür an tomatoes'), ['red door', '0xA', 'tree', 'tomatoes', '東京の'])
    assert.equal(queryTerms(Array.from({ length: 40 }, (_, n) => `word${n}`).join(' ')).length, maxTerms)
  })
  it('are found by pairs of characters in runs without spaces', () => {
    assert.equal(characterPairs('I like 東京都 and 茶'), '東京 京都 都 茶')
    assert.ok(isUnspaced('東京') && !isUnspaced('東京x'))
  })
})

describe('A shortest path', () => {
  const { nodes, edges, lengths } = reference.graph
  const link = (from: string, to: string, weight = 1): Link => ({ from, to, type: 'related', weight })
  const path = (links: readonly Link[], from: string, to: string) =>
    shortestPath((node) => links.filter((one) => one.from === node), from, to)
  const links = edges.map(([from, to, weight]) => link(String(from), String(to), Number(weight)))

  it('is as long as the reference says, between all nodes of a random graph', () => {
    for (const [row, from] of nodes.entries())
      for (const [column, to] of nodes.entries()) {
        const found = path(links, from, to)
        const expected = lengths[row]?.[column]
        if (expected === null) {
          assert.deepEqual(found, [])
          continue
        }
        const steps = found.slice(1).map((node, at) => {
          const weights = links.filter((one) => one.from === found[at] && one.to === node).map(({ weight }) => weight)
          return Math.min(...weights)
        })
        assert.deepEqual([found[0], found.at(-1)], [from, to])
        assert.equal(
          steps.reduce((sum, step) => sum + step, 0),
          expected,
        )
      }
  })
  it('follows the direction of links, and prefers a detour that is shorter', () => {
    const detour = [link('a', 'b'), link('b', 'c'), link('a', 'c', 9)]
    assert.deepEqual(path(detour, 'a', 'c'), ['a', 'b', 'c'])
    assert.deepEqual(path(detour, 'c', 'a'), [])
    assert.deepEqual(path(detour, 'a', 'a'), ['a'])
  })
  it('of equal length has the nodes with the first names, whatever the order of the links', () => {
    const equal = [link('a', 'x'), link('a', 'b'), link('x', 'z'), link('b', 'z')]
    assert.deepEqual(path(equal, 'a', 'z'), ['a', 'b', 'z'])
    assert.deepEqual(path(equal.toReversed(), 'a', 'z'), ['a', 'b', 'z'])
  })
})
