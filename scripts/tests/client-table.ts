/**
 * The table of official clients and suites, at the end of a run with their tests. Pure.
 * A test whose title says that something is refused, cannot be done, or is hidden counts as refused on purpose.
 */

/** The counts of one client or suite. */
export interface ClientCounts {
  readonly passed: number
  readonly failed: number
  /** The passed tests that show a refusal. They are part of `passed`. */
  readonly refused: number
}

/** Counts by the name of the client. */
export type ClientTable = Readonly<Record<string, ClientCounts>>

/** The clients and suites, by the files of their tests. */
const clients: Readonly<Record<string, string>> = {
  'test/e2e/faces/a2a.test.ts': 'A2A 1.0: @a2a-js/sdk',
  'test/e2e/faces/anthropic.test.ts': 'Anthropic messages: @anthropic-ai/sdk',
  'test/e2e/faces/durable-streams.test.ts': 'Durable Streams: @durable-streams/client',
  'test/e2e/faces/forged-approvals.test.ts': 'All faces: forged approvals',
  'test/e2e/faces/mcp.test.ts': 'MCP: @modelcontextprotocol/client',
  'test/e2e/faces/openai-chat.test.ts': 'OpenAI chat completions: openai',
  'test/e2e/faces/openai-embeddings.test.ts': 'OpenAI embeddings: openai',
  'test/e2e/faces/openai-files.test.ts': 'OpenAI files: openai',
  'test/e2e/faces/openai-responses.test.ts': 'OpenAI responses: openai',
  'test/e2e/cli.test.ts': 'Our command line client: soma',
  'test/e2e/faces/ui-protocols.test.ts': 'AI SDK and AG-UI 1.0: ai, @ag-ui/client',
}

/** The client that a file tests. Undefined: the file tests none. */
export const clientOf = (file: string): string | undefined => (Object.hasOwn(clients, file) ? clients[file] : undefined)

/** Whether a title says that the client is refused something. */
export const isRefusal = (title: string): boolean => /\b(refus|cannot|forged|nothing runs|hidden|nobody|no file of others)/.test(title)

/** One finished test. */
export interface ClientTest {
  readonly file: string
  readonly title: string
  readonly state: 'passed' | 'failed'
}

const none: ClientCounts = { passed: 0, failed: 0, refused: 0 }

/** The counts of `tests`, without files that test no client. */
export function clientTable(tests: readonly ClientTest[]): ClientTable {
  const table: Record<string, ClientCounts> = {}
  for (const { file, title, state } of tests) {
    const client = clientOf(file)
    if (client === undefined) continue
    const { passed, failed, refused } = table[client] ?? none
    table[client] =
      state === 'failed'
        ? { passed, failed: failed + 1, refused }
        : { passed: passed + 1, failed, refused: refused + (isRefusal(title) ? 1 : 0) }
  }
  return table
}

/** Both tables as one. */
export function mergeTables(a: ClientTable, b: ClientTable): ClientTable {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries(
    [...names].map((name) => {
      const [x, y] = [a[name] ?? none, b[name] ?? none]
      return [name, { passed: x.passed + y.passed, failed: x.failed + y.failed, refused: x.refused + y.refused }]
    }),
  )
}

/** The table as lines, sorted by name. Empty: no client was tested. */
export function tableLines(table: ClientTable): string[] {
  const rows = Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))
  if (rows.length === 0) return []
  const width = Math.max(...rows.map(([name]) => name.length))
  const line = (name: string, ...cells: readonly (string | number)[]) =>
    `${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(10)).join('')}`
  return [
    line('official clients', 'passed', 'failed', 'refused'),
    ...rows.map(([name, { passed, failed, refused }]) => line(name, passed, failed, refused)),
    '(refused: passed tests of what is refused on purpose)',
  ]
}
