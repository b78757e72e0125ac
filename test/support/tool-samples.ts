/** A catalog of plausible tools, and queries for them in other words than their descriptions. */
import { readFileSync } from 'node:fs'
import type { ToolSpec } from '../../shared/tool/tool.ts'

const rowsOf = (file: string): string[][] =>
  readFileSync(new URL(`../samples/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' | '))

/** Lines `name | description | parameters`. */
export const sampleTools: readonly ToolSpec[] = rowsOf('tool-catalog.txt').map(([name = '', description = '', parameters = '']) => ({
  name,
  description,
  parameters: {
    type: 'object',
    properties: Object.fromEntries(parameters.split(', ').map((parameter) => [parameter, { type: 'string' }])),
    additionalProperties: false,
  },
  effect: 'none',
  timeout_ms: 30_000,
}))

/** Lines `name | query`. */
export const sampleQueries: readonly { readonly name: string; readonly query: string }[] = rowsOf('tool-queries.txt').map(
  ([name = '', query = '']) => ({ name, query }),
)
