/** An OpenAI-compatible endpoint with answers from a function: for tests that need their own tokens, texts and refusals. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface ScriptedRequest {
  readonly model: string
  readonly max_tokens?: number
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly tools?: readonly { readonly function: { readonly name: string; readonly description: string; readonly parameters: object } }[]
}

/** The answer of the endpoint. `calls`: of tools. `hang`: it sends nothing. `status`: a refusal with `text` as its message. */
export type ScriptedAnswer =
  | { readonly text: string; readonly input_tokens?: number; readonly output_tokens?: number }
  | { readonly calls: readonly { readonly name: string; readonly arguments: object }[] }
  | { readonly status: number; readonly text: string }
  | 'hang'

export interface ScriptedModel {
  readonly url: string
  /** The requests so far, oldest first. */
  readonly requests: ScriptedRequest[]
  close(): Promise<void>
}

const toolCall = (call: { readonly name: string; readonly arguments: object }, index: number) => ({
  index,
  id: `call-${crypto.randomUUID()}`,
  type: 'function',
  function: { name: call.name, arguments: JSON.stringify(call.arguments) },
})

export async function startScriptedModel(answer: (request: ScriptedRequest) => ScriptedAnswer): Promise<ScriptedModel> {
  const requests: ScriptedRequest[] = []
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await text(request)) || '{}') as ScriptedRequest
    requests.push(body)
    const said = answer(body)
    if (said === 'hang') return
    if ('status' in said) {
      response.writeHead(said.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: said.text, type: 'invalid_request_error', code: null } }))
      return
    }
    const { input_tokens = 7, output_tokens = 7 } = 'calls' in said ? {} : said
    const chunk = (delta: object, finish_reason: string | null) => ({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: body.model,
      choices: [{ index: 0, delta, finish_reason }],
    })
    const usage = { prompt_tokens: input_tokens, completion_tokens: output_tokens, total_tokens: input_tokens + output_tokens }
    const delta = 'calls' in said ? { tool_calls: said.calls.map(toolCall) } : { content: said.text }
    const chunks = [
      chunk({ role: 'assistant', ...delta }, null),
      chunk({}, 'calls' in said ? 'tool_calls' : 'stop'),
      { ...chunk({}, null), choices: [], usage },
    ]
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`${chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}
