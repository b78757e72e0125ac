import { describe, expect, it } from 'vitest'
import { ToolIndex } from '../../../shared/tool/search.ts'
import { sampleQueries, sampleTools } from '../../support/tool-samples.ts'

const index = new ToolIndex(sampleTools)
const found = (query: string, limit = 5) => index.search(query, limit).map(({ name }) => name)

describe('A search of tools', () => {
  it('has the right tool among the first five for 95 % of at least 200 queries in other words', () => {
    expect(sampleTools.length).toBeGreaterThanOrEqual(300)
    expect(sampleQueries.length).toBeGreaterThanOrEqual(200)
    const right = sampleQueries.filter(({ name, query }) => found(query).includes(name))
    expect(right.length / sampleQueries.length).toBeGreaterThanOrEqual(0.95)
  })

  it('reads names, descriptions and parameters', () => {
    const tools = new ToolIndex([
      { name: 'aliceBlue', description: '', parameters: {} },
      { name: 'b', description: 'Paints walls.', parameters: {} },
      { name: 'c', description: '', parameters: { properties: { brush: { description: 'made of badger hair' } } } },
    ])
    const first = (query: string) => tools.search(query, 1)[0]?.name
    expect([first('blue'), first('painting a wall'), first('brushes'), first('badger')]).toEqual(['aliceBlue', 'b', 'c', 'c'])
  })

  it('finds nothing without a word in common, and never more than asked', () => {
    expect(found('xyzzy')).toEqual([])
    expect(found('')).toEqual([])
    expect(found('the of and')).toEqual([])
    expect(found('list', 3)).toHaveLength(3)
  })

  it('reads only the beginning of a very long query', () => {
    expect(found(`${'xyzzy '.repeat(5_000)} weather`)).toEqual([])
  })
})
