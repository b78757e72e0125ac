/**
 * An OpenAI-compatible provider that misbehaves as real ones were reported to. A message that contains `case:NAME` chooses a case of
 * `provider-cases.ts`; so does a segment of the path. The first segment may choose a strict provider, which refuses what the real one
 * refuses. `KEY` in a case means the key of the request; `K_E` and `E_Y` mean its two parts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ProviderCase } from './provider-cases/provider-case.ts'
import { cases } from './provider-cases.ts'

interface WireCall {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: string }
  readonly extra_content?: { readonly google?: { readonly thought_signature?: string } }
}
interface WireMessage {
  readonly role: string
  readonly content: string | null
  readonly tool_calls?: readonly WireCall[]
  readonly reasoning_content?: string
}
interface WireRequest {
  readonly messages: readonly WireMessage[]
  readonly [field: string]: unknown
}

type Rule = (request: WireRequest) => string | undefined

const callsOf = ({ messages }: WireRequest) => messages.flatMap(({ tool_calls }) => tool_calls ?? [])
const errorIf = (isWrong: boolean, words: string) => (isWrong ? words : undefined)

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** Why a strict provider refuses a request, in its own words. */
const strict: Readonly<Record<string, Rule>> = {
  mistral: (request) =>
    errorIf(
      callsOf(request).some(({ id }) => !/^[a-zA-Z0-9]{9}$/.test(id)),
      'Tool call id must be a-z, A-Z, 0-9, with a length of 9.',
    ) ??
    errorIf(
      request.messages.some(({ role }, index) => role === 'user' && request.messages[index - 1]?.role === 'tool'),
      "Unexpected role 'user' after role 'tool'",
    ) ??
    errorIf(
      request.messages.some(({ role, content, tool_calls }) => role === 'assistant' && !content && !tool_calls?.length),
      'Assistant message must have either content or tool_calls, but not none.',
    ),
  openai: (request) =>
    errorIf('max_tokens' in request, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.") ??
    errorIf(
      callsOf(request).some(({ function: { name } }) => !/^[\w-]{1,64}$/.test(name)),
      "Invalid 'messages[1].tool_calls[0].function.name': string does not match pattern.",
    ),
  anthropic: (request) =>
    errorIf(
      request.messages.some(({ content, tool_calls }) => !tool_calls?.length && (content ?? '').trim() === ''),
      'messages: text content blocks must be non-empty',
    ),
  alternate: ({ messages }) =>
    errorIf(
      messages.some(({ role }, index) => role !== 'tool' && role === messages[index - 1]?.role && !messages[index]?.tool_calls) ||
        messages[0]?.role !== 'user',
      'Conversation roles must alternate user/assistant/user/assistant/...',
    ),
  jsonargs: (request) =>
    errorIf(
      callsOf(request).some((call) => !isObject(call.function.arguments)),
      'tool call arguments is not valid JSON',
    ),
  gemini: (request) =>
    errorIf(
      callsOf(request).some((call) => !call.extra_content?.google?.thought_signature),
      'Function call is missing a thought_signature in functionCall parts.',
    ),
  deepseek: ({ messages }) =>
    errorIf(
      messages.some(({ tool_calls, reasoning_content }) => tool_calls?.length && reasoning_content === undefined),
      'Missing `reasoning_content` field in the assistant message at message index 2.',
    ),
  groq: ({ messages }) =>
    errorIf(
      messages.some((message) => 'reasoning_content' in message),
      "'messages.1': property 'reasoning_content' is unsupported",
    ),
}

/** The request with each content as text. Some libraries send a list of parts. */
const withTexts = (request: WireRequest): WireRequest => ({
  ...request,
  messages: request.messages.map((message) => ({
    ...message,
    content: Array.isArray(message.content) ? message.content.map(({ text = '' }: { text?: string }) => text).join('') : message.content,
  })),
})

/** A case that the path names, for requests with a message that a test cannot choose. */
const caseIn = (path = ''): string | undefined => path.split('/').find((segment) => Object.hasOwn(cases, segment))

export const strictProviders = Object.keys(strict)

export interface MisbehavingProvider {
  /** Its address without a path. `${url}/v1` is lenient, `${url}/NAME/v1` strict. */
  readonly url: string
  close(): Promise<void>
}

export async function startMisbehavingProvider(): Promise<MisbehavingProvider> {
  const attempts = new Map<string, number>()
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = withTexts(JSON.parse(await text(request)))
    const key = (request.headers.authorization ?? '').replace('Bearer ', '')
    const refusal = strict[request.url?.split('/')[1] ?? '']?.(body)
    if (refusal) return send(response, 400, JSON.stringify({ error: { message: refusal, type: 'invalid_request_error' } }))
    const question = body.messages.findLast(({ role }) => role === 'user')?.content ?? ''
    const name = [...question.matchAll(/case:(\w+)/g)].at(-1)?.[1] ?? caseIn(request.url) ?? 'ok'
    const step = body.messages
      .slice(body.messages.findLastIndex(({ role }) => role === 'user'))
      .filter(({ role }) => role === 'tool').length
    const chosen: ProviderCase = (step === 0 ? cases[name] : undefined) ?? successCase
    const { refuses } = chosen
    if (!refuses) return streamChunks(chosen, response, key)
    const attempt = attempts.get(question) ?? 0
    attempts.set(question, attempt + 1)
    // A case that also sends something misbehaves within the stream, `times` times.
    if (chosen.sends) return streamChunks(attempt < (refuses.times ?? 1) ? chosen : successCase, response, key)
    const isDue = (refuses.when === undefined || refuses.when in body) && attempt < (refuses.times ?? Number.POSITIVE_INFINITY)
    if (!isDue) return streamChunks(successCase, response, key)
    send(response, refuses.status, refuses.body.replaceAll('KEY', key), refuses.type)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

const successCase: ProviderCase = cases.ok ?? { kind: 'none', outcome: 'completed' }

async function streamChunks(
  { sends = [], contentType = 'text/event-stream', ending }: ProviderCase,
  response: ServerResponse,
  key: string,
): Promise<void> {
  response.writeHead(200, { 'content-type': contentType })
  response.flushHeaders()
  const withKey = (text: string) => text.replaceAll('KEY', key).replaceAll('K_E', key.slice(0, 5)).replaceAll('E_Y', key.slice(5))
  for (const step of sends) {
    if (response.destroyed) return
    if (typeof step === 'number') await new Promise((resolve) => setTimeout(resolve, step))
    else response.write(withKey(typeof step === 'string' ? step : `data: ${JSON.stringify(step)}\n\n`))
  }
  if (ending !== 'stays open') response.end()
}

function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}
