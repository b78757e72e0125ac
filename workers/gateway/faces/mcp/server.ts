/** The MCP server of one request: our tools, prompts, and conversations and personas as resources. It holds nothing between requests. */
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/server'
import type { CallApi } from '../own-api.ts'
import { addPrompts, type Conversation } from './prompts.ts'
import { faceTools } from './tools.ts'

const name = 'soma-edge'
const scheme = 'soma://sessions/'
const mimeType = 'application/json'

/** The longest text of a result. A longer one says how to read the rest. UTF-16 units. */
const resultUnits = 200_000

/** The server with the caller's view. `version`: of the API. */
export function mcpServer(callApi: CallApi, version: string): McpServer {
  const server = new McpServer({ name, version }, { instructions: 'Conversations with a durable log, personas and memories.' })
  for (const [toolName, { title, description, arguments: inputSchema, readOnly, request }] of Object.entries(faceTools))
    server.registerTool(
      toolName,
      { title, description, inputSchema, annotations: { readOnlyHint: readOnly, openWorldHint: false, destructiveHint: false } },
      async (args) => resultOf(await callApi(request(args as Readonly<Record<string, unknown>>))),
    )
  const conversations = {
    list: async () => ((await listOf(callApi, '/v1/sessions?limit=50'))?.sessions ?? []) as readonly Conversation[],
    read: async (session: string) =>
      cut(await textOf(await callApi({ method: 'GET', path: `/v1/sessions/${encodeURIComponent(session)}/history` }))),
  }
  const uriOf = (session: string) => scheme + session
  server.registerResource(
    'conversation',
    new ResourceTemplate(`${scheme}{session}`, {
      list: async () => ({
        resources: (await conversations.list()).map(({ session_id, title }) => ({ uri: uriOf(session_id), name: title, mimeType })),
      }),
      complete: {
        session: async (start) =>
          (await conversations.list()).map((conversation) => conversation.session_id).filter((id) => id.startsWith(start)),
      },
    }),
    { title: 'A conversation', description: 'Its newest turns', mimeType },
    async (uri, { session }) => ({ contents: [{ uri: uri.href, mimeType, text: await conversations.read(String(session)) }] }),
  )
  server.registerResource('personas', 'soma://personas', { title: 'Personas', description: 'Who can answer', mimeType }, async (uri) => ({
    contents: [{ uri: uri.href, mimeType, text: cut(await textOf(await callApi({ method: 'GET', path: '/v1/personas' }))) }],
  }))
  addPrompts(server, conversations, uriOf)
  return server
}

/** A list of our own API; null: the caller may not read it. */
async function listOf(callApi: CallApi, path: string): Promise<Readonly<Record<string, unknown>> | null> {
  const response = await callApi({ method: 'GET', path })
  return response.ok ? response.json() : null
}

/** The text of a response. Throws what a refusal says. */
async function textOf(response: Response): Promise<string> {
  const text = await response.text()
  if (!response.ok) throw new Error(detailOf(text))
  return text
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
