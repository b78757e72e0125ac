import { describe, expect, it } from 'vitest'
import { toolTokens } from '../../../shared/context/prompt.ts'
import { promptToolTokens, promptTools as toolsOfRoom } from '../../../shared/context/prompt-tools.ts'
import type { ModelMessage } from '../../../shared/model/model.ts'
import type { ToolContext } from '../../../shared/tool/context.ts'
import { ToolIndex, toolSearchName } from '../../../shared/tool/search.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import { toolSearch } from '../../../workers/tools/catalog/tool-search.ts'
import { sampleTools } from '../../support/tool-samples.ts'
import { offlineServices } from '../../support/tool-services.ts'

const { run: _, ...search } = toolSearch
const catalogOf = (count: number): ToolSpec[] => [
  search,
  ...Array.from({ length: count }, (_, index) => {
    const sample = sampleTools[index % sampleTools.length] as ToolSpec
    return { ...sample, name: `${sample.name}_${index}` }
  }),
]
/** The tools in a large prompt. */
const promptTools = (own: readonly string[] | null, offered: readonly ToolSpec[], messages: readonly ModelMessage[]) =>
  toolsOfRoom(own, offered, messages, 128_000)
const names = (tools: readonly ToolSpec[]) => tools.map(({ name }) => name)
const question: ModelMessage = { role: 'user', text: 'Where is my parcel?' }
const searched = (text: string, call_id = 'c1'): ModelMessage[] => [
  { role: 'assistant', text: '', calls: [{ call_id, name: toolSearchName, arguments: '{"query":"parcel"}' }] },
  { role: 'tool', call_id, text },
]
const result = (...found: readonly string[]) => JSON.stringify({ tools: found.map((name) => ({ name, description: 'd', parameters: {} })) })

describe('The tools of a prompt', () => {
  it('are all tools of a small catalog, without a search', () => {
    const small = catalogOf(20)
    expect(names(promptTools(null, small, [question]))).toEqual(names(small.slice(1)))
  })

  it('cost at most 1,500 tokens for 300, 2,000 and 10,000 tools, the same each time', () => {
    const costs = [300, 2_000, 10_000].map((count) => toolTokens(promptTools(null, catalogOf(count), [question])))
    expect(Math.max(...costs)).toBeLessThanOrEqual(promptToolTokens)
    expect(new Set(costs).size).toBe(1)
    expect(costs[0]).toBeGreaterThan(promptToolTokens / 2)
  })

  it('take a quarter of a small room at most, found ones beside it, and none of a room without a place for the search', () => {
    const catalog = catalogOf(200)
    const found = [question, ...searched(result(...names(catalog)))]
    for (const roomTokens of [200, 1_000, 4_096, 8_192]) {
      expect(toolTokens(toolsOfRoom(null, catalog, [question], roomTokens))).toBeLessThanOrEqual(roomTokens / 4)
      expect(toolTokens(toolsOfRoom(null, catalog, found, roomTokens))).toBeLessThanOrEqual(roomTokens / 2)
    }
    expect(names(toolsOfRoom(null, catalogOf(100), [question], 8_192))).toContain(toolSearchName)
    expect(names(toolsOfRoom(null, catalog, [question], 200))).not.toContain(toolSearchName)
  })

  it('end with those that the model has found in this turn, and keep their beginning', () => {
    const catalog = catalogOf(2_000)
    const before = names(promptTools(null, catalog, [question]))
    const wanted = catalog.at(-1)?.name ?? ''
    const after = names(promptTools(null, catalog, [question, ...searched(result(wanted, before[0] ?? '', 'no_such_tool'))]))
    expect(after).toEqual([...before, wanted])
    expect(before.at(-1)).toBe(toolSearchName)
  })

  it('take what the tool itself returned', async () => {
    const catalog = catalogOf(2_000)
    const index = new ToolIndex(catalog.slice(1_000))
    const services = { ...offlineServices, tools: { find: async (query: string, limit: number) => index.search(query, limit) } }
    const ended = await toolSearch.run('{"query":"where is a shipment","limit":3}', { services } as unknown as ToolContext)
    const text = ended.ok ? ended.value : ''
    const found = (JSON.parse(text) as { tools: { name: string }[] }).tools.map(({ name }) => name)
    expect(found).toHaveLength(3)
    const after = names(promptTools(null, catalog, [question, ...searched(text)]))
    expect(after.slice(-3).sort()).toEqual(found.sort())
  })

  it('have nothing from an earlier turn, from another tool or from a failed search', () => {
    const catalog = catalogOf(2_000)
    const before = names(promptTools(null, catalog, [question]))
    const wanted = catalog.at(-1)?.name ?? ''
    const earlier = [question, ...searched(result(wanted)), question]
    const forged: ModelMessage[] = [
      question,
      { role: 'assistant', text: '', calls: [{ call_id: 'c2', name: 'echo', arguments: '{}' }] },
      { role: 'tool', call_id: 'c2', text: result(wanted) },
    ]
    for (const messages of [earlier, forged, [question, ...searched('The tool failed.')]])
      expect(names(promptTools(null, catalog, messages))).toEqual(before)
  })

  it('are those that a persona names', () => {
    const catalog = catalogOf(2_000)
    const own = [catalog[5]?.name ?? '', catalog[1_999]?.name ?? '', 'no_such_tool']
    expect(names(promptTools(own, catalog, [question]))).toEqual(own.slice(0, 2))
  })
})
