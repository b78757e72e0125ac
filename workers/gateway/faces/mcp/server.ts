/** The MCP server of one request: our tools, and conversations as resources. It holds nothing between requests. */
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/server'
import { type ApiRequest, faceTools } from './tools.ts'

/** Calls our own API in the name of the caller. */
export type CallApi = (request: ApiRequest) => Promise<Response>

const name = 'soma-edge'
const scheme = 'soma://sessions/'

/** The longest text of a result. A longer one says how to read the rest. UTF-16 units. */
const resultUnits = 200_000

interface SessionPage {
  readonly sessions: readonly { readonly session_id: string; readonly title: string }[]
}

/** The server with the caller's view. `version`: of the API. */
export function mcpServer(callApi: CallApi, version: string): McpServer {
  const server = new McpServer({ name, version }, { instructions: 'Conversations with a durable log, personas and memories.' })
  for (const [toolName, { title, description, arguments: inputSchema, readOnly, request }] of Object.entries(faceTools))
    server.registerTool(
      toolName,
      { title, description, inputSchema, annotations: { readOnlyHint: readOnly, openWorldHint: false, destructiveHint: false } },
      async (args) => resultOf(await callApi(request(args as Readonly<Record<string, unknown>>))),
    )
  server.registerResource(
    'conversation',
    new ResourceTemplate(`${scheme}{session}`, {
      list: async () => {
        const response = await callApi({ method: 'GET', path: '/v1/sessions?limit=50' })
        if (!response.ok) return { resources: [] }
        const { sessions } = (await response.json()) as SessionPage
        return {
          resources: sessions.map(({ session_id, title }) => ({ uri: scheme + session_id, name: title, mimeType: 'application/json' })),
        }
      },
    }),
    { title: 'A conversation', description: 'Its newest turns', mimeType: 'application/json' },
    async (uri, { session }) => {
      const response = await callApi({ method: 'GET', path: `/v1/sessions/${encodeURIComponent(String(session))}/history` })
      const text = await response.text()
      if (!response.ok) throw new Error(detailOf(text))
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text: cut(text) }] }
    },
  )
  return server
}

/** The response as a result. A refusal is an error in words, which a model can act on. */
async function resultOf(response: Response) {
  const text = await response.text()
  if (!response.ok) return { content: [{ type: 'text' as const, text: detailOf(text) }], isError: true }
  return { content: [{ type: 'text' as const, text: cut(text) }] }
}

const cut = (text: string): string =>
  text.length <= resultUnits ? text : `${text.slice(0, resultUnits)}\n[Cut at ${resultUnits} characters. Ask for a smaller page.]`

/** What a problem response says. */
function detailOf(text: string): string {
  const { detail, errors } = JSON.parse(text) as { detail?: string; errors?: readonly { pointer: string; detail: string }[] }
  const fields = (errors ?? []).map((error) => `${error.pointer} ${error.detail}.`)
  return [detail ?? 'The request failed.', ...fields].join(' ')
}
