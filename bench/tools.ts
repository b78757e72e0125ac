/**
 * Tools that a prompt does not hold: how often a search finds the right one, how long it takes, and what the tools of a prompt cost.
 * The catalog and the queries are those of test/samples. The peer is a search without weights: the tools with the most words of the query.
 */
import { toolTokens } from '../shared/context/prompt.ts'
import { promptTools } from '../shared/context/prompt-tools.ts'
import { ToolIndex } from '../shared/tool/search.ts'
import type { ToolSpec } from '../shared/tool/tool.ts'
import { sampleQueries, sampleTools } from '../test/support/tool-samples.ts'
import { toolSearch } from '../workers/tools/catalog/tool-search.ts'
import { median, spread } from './statistics.ts'

/** Numbers of tools in a catalog. */
const sizes = [sampleTools.length, 2_000, 10_000] as const
const firstFive = 5

const catalogOf = (count: number): ToolSpec[] =>
  Array.from({ length: count }, (_, index) => {
    const tool = sampleTools[index % sampleTools.length] as ToolSpec
    return index < sampleTools.length ? tool : { ...tool, name: `${tool.name}_${index}` }
  })

/** The tools with the most words of the query. */
function countWords(tools: readonly ToolSpec[], query: string): string[] {
  const words = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? []
  const sought = words(query)
  return tools
    .map(({ name, description }) => ({ name, found: sought.filter((word) => words(`${name} ${description}`).includes(word)).length }))
    .sort((a, b) => b.found - a.found)
    .slice(0, firstFive)
    .map(({ name }) => name)
}

const share = (right: number): string => `${((100 * right) / sampleQueries.length).toFixed(1)} %`

/** Runs the benchmark. Returns Markdown. */
export async function tools(rounds: number, log: (line: string) => void): Promise<string> {
  const index = new ToolIndex(sampleTools)
  const rank = ({ name, query }: (typeof sampleQueries)[number]) => index.search(query, firstFive).findIndex((tool) => tool.name === name)
  const ranks = sampleQueries.map(rank)
  const peer = sampleQueries.filter(({ name, query }) => countWords(sampleTools, query).includes(name)).length
  const { run: _, ...search } = toolSearch
  const rows = sizes.map((size) => {
    log(`${size} tools`)
    const catalog = catalogOf(size)
    const question = [{ role: 'user', text: 'Where is my parcel?' }] as const
    const prompt = toolTokens(promptTools(null, [search, ...catalog], question, 128_000))
    const times = Array.from({ length: rounds }, () => {
      const startedAt = performance.now()
      const built = new ToolIndex(catalog)
      const indexedAt = performance.now()
      const searches = sampleQueries.map(({ query }) => {
        const from = performance.now()
        built.search(query, firstFive)
        return performance.now() - from
      })
      return { index: indexedAt - startedAt, search: median(searches) }
    })
    return `| ${size} | ${toolTokens(catalog)} | ${prompt} | ${spread(times.map(({ index }) => index))} | ${spread(times.map(({ search }) => search))} |`
  })
  return [
    `${sampleQueries.length} queries over ${sampleTools.length} tools:`,
    '',
    '| search | right tool first | right tool among the first five |',
    '| --- | --- | --- |',
    `| BM25 | ${share(ranks.filter((rank) => rank === 0).length)} | ${share(ranks.filter((rank) => rank >= 0).length)} |`,
    `| most words in common | | ${share(peer)} |`,
    '',
    '| tools | tokens of all | tokens in the prompt | index, ms | one search, ms |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}
