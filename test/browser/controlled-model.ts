/**
 * A model server that a test controls. It sends text on the test's command. A message that no test claimed
 * gets a few words of markdown at once.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Answer {
  write(text: string): void
  /** Sends a piece of reasoning, as DeepSeek does. */
  think(text: string): void
  /** Sends `text` in pieces, `perSecond` a second. Ends early when the client disconnects. */
  stream(pieces: readonly string[], perSecond: number): Promise<void>
  /** Calls a tool and ends this step. */
  call(name: string, args: object): void
  /** Calls several tools and ends this step. */
  calls(all: readonly (readonly [name: string, args: object])[]): void
  /** Ends the answer. `reason`: the finish reason, by default `stop`. `cachedTokens`: those of the 7 tokens of the input. */
  finish(reason?: string, cachedTokens?: number): void
  /** Breaks the connection in the middle of the answer. */
  breakOff(): void
  /** Whether the client has disconnected. */
  aborted(): boolean
}

export interface Refusal {
  readonly times?: number
  readonly after?: number
  readonly message?: string
}

/** What the test can see of a request: its model, its instructions and the names of its tools. */
export interface SeenRequest {
  readonly model: string
  readonly system: string
  readonly tools: readonly string[]
}

export interface ControlledModel {
  /** The value of `SOMA_MODEL_BASE_URL`. */
  readonly url: string
  /** Claims the next message that contains `part`. The model sends nothing until the test does. */
  claim(part: string): Promise<Answer>
  /**
   * Refuses every message that contains `part` with this HTTP status, or only the first `times` of them. `after`: seconds, as `Retry-After`.
   * `message`: the provider's words, in which KEY stands for the key that the request carries.
   */
  refuse(part: string, status: number, options?: Refusal): void
  /** The request of the last message that contains `part`. */
  requestOf(part: string): SeenRequest | undefined
  close(): Promise<void>
}

/** The part of a request body that this server reads. */
interface RequestBody {
  readonly model?: string
  readonly messages?: readonly { readonly role: string; readonly content: string }[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
}

/** Requests that are kept. */
const maxSeen = 50

/** Serves on `port` of 127.0.0.1; 0: a free one. */
export async function startControlledModel(port = 0): Promise<ControlledModel> {
  const claims: { readonly part: string; readonly resolve: (answer: Answer) => void }[] = []
  const refusals = new Map<string, Refusal & { readonly status: number; times: number }>()
  /** The last requests, oldest first. */
  const seen: (SeenRequest & { readonly message: string })[] = []
  const server = createServer((request, response) => {
    reply(request, response).catch(() => response.destroy())
  })

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const userMessage = lastMessage(body)
    seen.push({ message: userMessage, ...seenRequest(body) })
    if (seen.length > maxSeen) seen.shift()
    for (const [part, refusal] of refusals) {
      if (!userMessage.includes(part) || refusal.times-- <= 0) continue
      const { status, after, message = 'no' } = refusal
      const errorMessage = message.replaceAll('KEY', (request.headers.authorization ?? '').replace('Bearer ', ''))
      const retry = after === undefined ? {} : { 'retry-after': String(after) }
      response
        .writeHead(status, { 'content-type': 'application/json', ...retry })
        .end(JSON.stringify({ error: { message: errorMessage, type: 'refused', code: null } }))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.flushHeaders()
    response.socket?.setNoDelay(true)
    const answer = controlledAnswer(response)
    const index = claims.findIndex(({ part }) => userMessage.includes(part))
    if (index >= 0) return claims.splice(index, 1)[0]?.resolve(answer)
    answer.write(`You asked about *${userMessage.slice(0, 60)}*.\n\nThat is **all** there is to say.`)
    answer.finish()
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    claim: (part) => new Promise((resolve) => claims.push({ part, resolve: resolve })),
    refuse: (part, status, { times = Number.POSITIVE_INFINITY, ...options } = {}) => void refusals.set(part, { ...options, status, times }),
    requestOf: (part) => seen.findLast(({ message }) => message.includes(part)),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

function controlledAnswer(response: ServerResponse): Answer {
  let hasFinished = false
  const send = (data: unknown) => response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
  const chunk = (delta: object, finish_reason: string | null = null) =>
    send({ id: 'by-hand', object: 'chat.completion.chunk', created: 1, model: 'hand', choices: [{ index: 0, delta, finish_reason }] })
  const say = (content: string) => void chunk({ content })
  chunk({ role: 'assistant', content: '' })
  return {
    write: say,
    think: (reasoning_content) => void chunk({ reasoning_content }),
    async stream(pieces, perSecond) {
      const startedAt = performance.now()
      for (let sent = 0; sent < pieces.length && !response.destroyed; ) {
        const expectedChunks = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1
        for (; sent < expectedChunks && sent < pieces.length; sent += 1) say(pieces[sent] ?? '')
        await new Promise((resolve) => setTimeout(resolve, Math.max(5, 1_000 / perSecond)))
      }
    },
    call: (name, args) => callTools([[name, args]]),
    calls: callTools,
    finish: (reason = 'stop', cachedTokens) => end(reason, cachedTokens),
    breakOff: () => response.socket?.resetAndDestroy(),
    aborted: () => response.destroyed && !hasFinished,
  }

  function callTools(all: readonly (readonly [name: string, args: object])[]): void {
    chunk({
      tool_calls: all.map(([name, args], index) => ({
        index,
        id: `call_${index + 1}`,
        type: 'function',
        function: { name, arguments: JSON.stringify(args) },
      })),
    })
    end('tool_calls')
  }

  function end(reason: string, cached_tokens?: number): void {
    hasFinished = true
    chunk({}, reason)
    const details = cached_tokens !== undefined && { prompt_tokens_details: { cached_tokens } }
    send({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 11, total_tokens: 18, ...details } })
    send('[DONE]')
    response.end()
  }
}

function seenRequest(body: string): SeenRequest {
  const { model = '', messages = [], tools = [] }: RequestBody = JSON.parse(body || '{}')
  const system = messages.flatMap(({ role, content }) => (role === 'system' ? [content] : [])).join('\n')
  return { model, system, tools: tools.map((tool) => tool.function.name) }
}

function lastMessage(body: string): string {
  const { messages = [] }: RequestBody = JSON.parse(body || '{}')
  return messages.findLast(({ role }) => role === 'user')?.content ?? ''
}
