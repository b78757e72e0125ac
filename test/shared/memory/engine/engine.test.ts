/** The rules of the memory engine, beside values from reference.py, which shares no code with them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { cosine, hashEmbedding, parseEmbedding } from '../../../../shared/memory/engine/embedding.ts'
import { type Link, type LinkSource, linkFault, shortestPath } from '../../../../shared/memory/engine/graph.ts'
import {
  addImportance,
  emptyReservoir,
  methodOf,
  normaliseImportance,
  type ReservoirState,
  reservoirSize,
} from '../../../../shared/memory/engine/importance.ts'
import { hybridScore, strictScore } from '../../../../shared/memory/engine/score.ts'
import reference from './reference.json' with { type: 'json' }

const reservoirOf = (history: readonly number[]): ReservoirState => history.reduce(addImportance, emptyReservoir)

/** Links as a search reads them. */
function graphOf(nodes: readonly string[], links: readonly Link[]): LinkSource {
  const from = Map.groupBy(links, (link) => link.from)
  return { has: (node) => nodes.includes(node), linksFrom: (node) => from.get(node) ?? [] }
}
const link = (from: string, to: string, weight = 1, type = 'related'): Link => ({ from, to, type, weight })

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
  it('is kept if it has the dimension and finite numbers', () => {
    assert.deepEqual(parseEmbedding([1, 0.5], 2), { ok: true, value: Float32Array.of(1, 0.5) })
  })
  it('is refused with the place of the error', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e39])
      assert.deepEqual(parseEmbedding([1, bad], 2), { ok: false, error: 'Number 1 of the vector is not a finite 32-bit number.' })
    assert.deepEqual(parseEmbedding([1], 2), { ok: false, error: 'The vector has 1 numbers. This memory holds vectors of 2.' })
  })
})

describe('The cosine', () => {
  it('is that of the angle, whatever the length', () => {
    assert.equal(cosine(Float32Array.of(3, 0), Float32Array.of(5, 0)), 1)
    assert.equal(cosine(Float32Array.of(1, 0), Float32Array.of(0, 2)), 0)
    assert.equal(cosine(Float32Array.of(1, 0), Float32Array.of(-4, 0)), -1)
  })
  it('is 0 beside a vector of zeros', () => assert.equal(cosine(Float32Array.of(0, 0), Float32Array.of(1, 1)), 0))
  it('needs one dimension', () => assert.throws(() => cosine(Float32Array.of(1), Float32Array.of(1, 2)), RangeError))
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
    for (const better of [hybridScore(0.4, 0.3, 0.3), hybridScore(0.3, 0.4, 0.3), hybridScore(0.3, 0.3, 0.4)])
      assert.ok(better.score > base)
    assert.equal(hybridScore(1, 1, 1).score, 1)
  })
  it('is 0 for an important memory that does not fit', () => assert.equal(hybridScore(-1, 0, 1).score, 0))
})

describe('Importance', () => {
  for (const { name, history, values } of reference.importance)
    it(`follows the reference: ${name}`, () => {
      const state = reservoirOf(history)
      for (const [raw, method, expected] of values) {
        assert.equal(methodOf(state), method)
        assert.ok(Math.abs(normaliseImportance(state, Number(raw)) - Number(expected)) < 1e-12, `${raw}: ${expected}`)
      }
    })

  it('never falls as the raw value grows', () => {
    for (const { history } of reference.importance) {
      const state = reservoirOf(history)
      const normal = Array.from({ length: 200 }, (_, at) => normaliseImportance(state, at * 2 - 100))
      assert.deepEqual(
        normal,
        normal.toSorted((a, b) => a - b),
      )
    }
  })

  it('goes on learning after the reservoir is full', () => {
    const state = reservoirOf(Array.from({ length: reservoirSize }, (_, at) => at % 10))
    const later = Array.from({ length: reservoirSize }, (_, at) => 1_000 + (at % 10)).reduce(addImportance, state)
    assert.equal(later.values.length, reservoirSize)
    assert.equal(normaliseImportance(later, 1_000), 0)
    assert.ok((later.quantiles?.q10 ?? 0) >= 1_000)
  })

  it('is 0.5 before anything is known', () => assert.equal(normaliseImportance(emptyReservoir, 3), 0.5))
  it('refuses what is no finite number', () => assert.throws(() => addImportance(emptyReservoir, Number.NaN), RangeError))
})

describe('A shortest path', () => {
  const { nodes, edges, lengths } = reference.graph
  const links = edges.map(([from, to, weight]) => link(String(from), String(to), Number(weight)))
  const source = graphOf(nodes, links)
  const stepLength = (from: string, to?: string) =>
    Math.min(...links.filter((edge) => edge.from === from && edge.to === to).map(({ weight }) => weight))

  it('has the length of the reference, from every node to every node', () => {
    for (const [row, from] of nodes.entries())
      for (const [column, to] of nodes.entries()) {
        const found = shortestPath(source, from, to)
        assert.ok(found.ok)
        const expected = lengths[row]?.[column] ?? null
        assert.deepEqual([found.value[0], found.value.at(-1)], expected === null ? [undefined, undefined] : [from, to])
        const length = found.value.slice(0, -1).reduce((sum, node, at) => sum + stepLength(node, found.value[at + 1]), 0)
        assert.equal(length, expected ?? 0)
      }
  })

  it('goes with the direction, and by links of the type', () => {
    const one = graphOf(['a', 'b', 'c'], [link('a', 'b', 1, 'cites'), link('b', 'c'), link('a', 'c', 9)])
    assert.deepEqual(shortestPath(one, 'a', 'c'), { ok: true, value: ['a', 'b', 'c'] })
    assert.deepEqual(shortestPath(one, 'a', 'c', 'related'), { ok: true, value: ['a', 'c'] })
    assert.deepEqual(shortestPath(one, 'c', 'a'), { ok: true, value: [] })
    assert.deepEqual(shortestPath(one, 'a', 'a'), { ok: true, value: ['a'] })
  })

  it('names a node that does not exist', () => {
    assert.deepEqual(shortestPath(source, 'x', '1'), { ok: false, error: { kind: 'unknown_node', node: 'x' } })
    assert.deepEqual(shortestPath(source, '1', 'x'), { ok: false, error: { kind: 'unknown_node', node: 'x' } })
  })

  it('ends at its limit', () => {
    const wide: LinkSource = { has: () => true, linksFrom: () => Array.from({ length: 100_001 }, (_, at) => link('a', `n${at}`)) }
    assert.deepEqual(shortestPath(wide, 'a', 'z'), { ok: false, error: { kind: 'too_large', limit: 100_000 } })
  })
})

describe('The weight of a link', () => {
  it('is above 0', () => assert.equal(linkFault(0.5), null))
  for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    it(`is not ${weight}`, () => assert.equal(linkFault(weight), 'The weight of a link is a finite number above 0.'))
})
