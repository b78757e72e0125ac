/** Finds tools by words: BM25 over names, descriptions and parameters. Pure. */
import type { ToolSpec } from './tool.ts'

/** The tool that searches tools. */
export const toolSearchName = 'tool_search'

/** BM25: how fast repeated words stop counting, and how much long texts lose. */
const saturation = 1.2
const lengthWeight = 0.6
/** How much a word counts by where it stands. */
const fieldWeights = { name: 3, description: 1.5, parameters: 0.7 } as const
/** A query is cut to this many words, so that one search has a bound. */
const maxQueryWords = 64

/** Words that say nothing about a tool. */
const stopWords = new Set(
  'a an and are as at be by can do does for from get give has have how i if in into is it its me my of on or our please should so some that the their them then there this to up us use want was what when where which who will with would you your'.split(
    ' ',
  ),
)

/** Words of users for words of tools, both as stems. A query word also counts, with less weight, as each of them. */
const related: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [
    ['mail', 'email', 'message', 'inbox'],
    ['find', 'search', 'look', 'query'],
    ['remove', 'delete', 'erase', 'drop'],
    ['make', 'create', 'add', 'new'],
    ['change', 'update', 'edit', 'modify'],
    ['show', 'list', 'read', 'view', 'fetch'],
    ['send', 'post', 'deliver'],
    ['picture', 'image', 'photo'],
    ['file', 'document'],
    ['meeting', 'event', 'appointment', 'calendar'],
    ['task', 'todo', 'issue', 'ticket'],
    ['person', 'user', 'contact', 'people'],
    ['company', 'organization', 'account'],
    ['bill', 'invoice'],
    ['pay', 'payment', 'charge'],
    ['money', 'currency', 'amount'],
    ['time', 'clock', 'timestamp', 'date'],
    ['sum', 'calculate', 'arithmetic', 'compute', 'math'],
    ['web', 'website', 'page', 'url', 'internet'],
    ['program', 'code', 'script'],
    ['remember', 'memory', 'save', 'store'],
    ['forget', 'memory', 'delete'],
    ['stop', 'cancel', 'abort'],
    ['start', 'run', 'launch', 'execute'],
    ['copy', 'duplicate', 'clone'],
    ['trip', 'travel', 'flight', 'journey'],
    ['shop', 'order', 'cart', 'product'],
    ['package', 'parcel', 'shipment'],
    ['translate', 'language'],
    ['shorten', 'summarize', 'summary'],
  ].flatMap((group) => group.map((word) => [stem(word), group.map(stem).filter((other) => other !== stem(word))] as const)),
)
/** The weight of a related word. */
const relatedWeight = 0.35

interface Entry<T> {
  readonly tool: T
  /** The weight of each word. */
  readonly words: ReadonlyMap<string, number>
  readonly length: number
}

/** An index of tools. It is made once for each catalog. */
export class ToolIndex<T extends Pick<ToolSpec, 'name' | 'description' | 'parameters'>> {
  readonly #entries: readonly Entry<T>[]
  readonly #frequency = new Map<string, number>()
  readonly #averageLength: number

  constructor(tools: readonly T[]) {
    this.#entries = tools.map(indexed)
    for (const { words } of this.#entries) for (const word of words.keys()) this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1)
    const total = this.#entries.reduce((sum, { length }) => sum + length, 0)
    this.#averageLength = total / Math.max(1, tools.length)
  }

  /** The best `limit` tools for `query`, the best first. Ties keep the order of the catalog. None without a word in common. */
  search(query: string, limit: number): T[] {
    const words = queryWords(query)
    return this.#entries
      .map((entry, index) => ({ tool: entry.tool, index, score: this.#score(entry, words) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, limit)
      .map(({ tool }) => tool)
  }

  #score({ words, length }: Entry<T>, query: ReadonlyMap<string, number>): number {
    let score = 0
    for (const [word, weight] of query) {
      const count = words.get(word)
      if (count === undefined) continue
      const containing = this.#frequency.get(word) ?? 0
      const rarity = Math.log(1 + (this.#entries.length - containing + 0.5) / (containing + 0.5))
      const norm = saturation * (1 - lengthWeight + (lengthWeight * length) / this.#averageLength)
      score += (weight * rarity * count * (saturation + 1)) / (count + norm)
    }
    return score
  }
}

function indexed<T extends Pick<ToolSpec, 'name' | 'description' | 'parameters'>>(tool: T): Entry<T> {
  const words = new Map<string, number>()
  let length = 0
  const texts = { name: tool.name, description: tool.description, parameters: parameterText(tool.parameters) }
  for (const field of Object.keys(fieldWeights) as (keyof typeof fieldWeights)[])
    for (const word of wordsOf(texts[field])) {
      words.set(word, (words.get(word) ?? 0) + fieldWeights[field])
      length++
    }
  return { tool, words, length }
}

/** The names and descriptions of the parameters. */
function parameterText(schema: ToolSpec['parameters']): string {
  const { properties } = schema as { properties?: Record<string, { description?: unknown }> }
  return Object.entries(properties ?? {})
    .map(([name, { description }]) => `${name} ${typeof description === 'string' ? description : ''}`)
    .join(' ')
}

/** The words of a query with their weights. */
function queryWords(query: string): Map<string, number> {
  const weights = new Map<string, number>()
  const put = (word: string, weight: number) => weights.set(word, Math.max(weights.get(word) ?? 0, weight))
  for (const word of wordsOf(query).slice(0, maxQueryWords)) {
    put(word, 1)
    for (const other of related[word] ?? []) put(other, relatedWeight)
  }
  return weights
}

/** The stems in `text`, without words that say nothing. Names are split at `_`, `-`, `.` and capitals. */
const wordsOf = (text: string): string[] =>
  (
    text
      .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
      .normalize('NFKD')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
    .filter((word) => !stopWords.has(word))
    .map(stem)

/** The word without the commonest English endings. Both sides of a search use it, so it need not be a word. */
function stem(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word
  const singular = word.replace(/(ss|us|is)$|ies$|(x|ch|sh|ss|z)es$|s$/, (ending, kept, sibilant) =>
    kept ? ending : ending === 'ies' ? 'y' : (sibilant ?? ''),
  )
  const base = singular.replace(/(?:ations?|ments?|ings?|ers?|ors?|ed|ly|tion)$/, (ending) =>
    singular.length - ending.length >= 3 ? '' : ending,
  )
  const single = base.replace(/([bdfgmnprt])\1$/, '$1')
  return single.length > 3 ? single.replace(/e$/, '') : single
}
