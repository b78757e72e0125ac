/**
 * An OpenAI-compatible endpoint that misbehaves like the real ones.
 * A behaviour queued with `next()` (or `POST /control` with a JSON array) comes first.
 * Then comes a directive in the last user message, such as `[[fake stall after=10]]`. The default is `normal`.
 *
 * - `normal tokens=40 rate=0`  sends `tokens` words at `rate` per second (0: at once), then usage
 * - `stall after=10`           sends `after` words, then nothing; `after=0` stalls after the headers
 * - `silent`                   accepts, and never sends a header
 * - `429 after=1 times=1`      sends this status `times` times with `Retry-After: after`, then is `normal`; any 3-digit status works
 * - `half-closed after=5`      sends `after` words and ends the body without a finish
 * - `reset after=5`            sends `after` words and resets the connection; `after=-1`: before any header
 * - `garbage after=5`          sends `after` words, then a line that is not JSON
 * - `odd after=5`              sends `after` words, then JSON that is not a chunk
 * - `error after=5`            sends `after` words, then an error object as a chunk
 * - `long-line bytes=10000000` sends one unfinished line of this length
 * - `html status=200`          sends a web page
 * - `tools name=add calls=2 rounds=3 key=k tokens=5` calls tools before it answers: `rounds` times `calls` calls.
 *   Each round sends `tokens` words first. Arguments are `{"key":"k-ROUND-CALL"}`.
 *   A queued behaviour may give the whole arguments as `args`.
 *   `pieces=whole` sends each call in one piece without an index. `ids=same` gives all calls one id.
 * - `negative-usage`, `absurd-usage` (more tokens than a call can have), `no-usage`, `length`
 * - `lingering`                keeps the connection open after [DONE]
 * - `unfinished-done`          sends [DONE] without finish_reason
 * - `thinking for=300`         sends reasoning for `for` ms first
 * - `halves`                   splits a surrogate pair over two chunks
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Behaviour, SeenRequest } from './seen-request.ts'
import { fakeWord } from './words.ts'

export interface FakeModel {
  /** The value for `SOMA_MODEL_BASE_URL`. */
  readonly url: string
  readonly requests: SeenRequest[]
  /** Queues behaviours for the next requests. They take precedence over directives. */
  next(...behaviours: Behaviour[]): void
  close(): Promise<void>
}

export async function startFakeModel({ port = 0 }: { port?: number } = {}): Promise<FakeModel> {
  const requests: SeenRequest[] = []
  const queue: Behaviour[] = []
  const rejections = new Map<string, number>()
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await text(request)) || 'null')
    if (request.url === '/control') {
      queue.push(...body)
      response.end('{}')
      return
    }
    if (request.url === '/requests') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(requests))
      return
    }
    const prompt = lastUserText(body)
    // A list of models takes no behaviour from the next call.
    const isCall = request.url === '/v1/chat/completions'
    const behaviour = (isCall ? queue.shift() : undefined) ?? directive(prompt)
    const seenRequest: SeenRequest = {
      at: Date.now(),
      behaviour,
      authorization: request.headers.authorization,
      body,
      sentWords: 0,
      abortedAt: undefined,
      finishedAt: undefined,
    }
    requests.push(seenRequest)
    response.on('close', () => {
      if (seenRequest.finishedAt === undefined) seenRequest.abortedAt = Date.now()
    })
    if (request.url !== '/v1/chat/completions') return refuse(response, 404, {})
    await applyBehaviour(seenRequest, prompt, response)
  }

  async function applyBehaviour(seen: SeenRequest, prompt: string, response: ServerResponse): Promise<void> {
    const { kind } = seen.behaviour
    const after = Number(seen.behaviour.after ?? 5)
    const finish = (last: () => void) => {
      seen.finishedAt = Date.now()
      last()
    }
    if (/^[3-5]\d\d$/.test(kind)) {
      const times = rejections.get(prompt) ?? 0
      rejections.set(prompt, times + 1)
      if (times < Number(seen.behaviour.times ?? 1)) {
        const headers: Record<string, string> = seen.behaviour.after === undefined ? {} : { 'retry-after': String(seen.behaviour.after) }
        if (kind.startsWith('3')) headers.location = '/elsewhere'
        return finish(() => refuse(response, Number(kind), headers, seen.authorization))
      }
    }
    switch (kind) {
      case 'silent':
        return
      case 'html':
        response.writeHead(Number(seen.behaviour.status ?? 200), { 'content-type': 'text/html' })
        return finish(() => response.end('<!doctype html><title>Bad gateway</title><p>Sorry.</p>'))
      case 'long-line':
        return longLine(response, Number(seen.behaviour.bytes ?? 10_000_000))
    }
    if (kind === 'reset' && after < 0) return finish(() => response.socket?.resetAndDestroy())

    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.flushHeaders()
    const send = (data: unknown) => response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
    const broken = ['stall', 'half-closed', 'reset', 'garbage', 'odd', 'error'].includes(kind)
    const rounds = kind === 'tools' ? Number(seen.behaviour.rounds ?? 1) : 0
    const round = roundsDone(seen.body)
    const callsTools = round < rounds
    const tokens = broken ? after : Number(seen.behaviour.tokens ?? 40)
    const rate = Number(seen.behaviour.rate ?? 0)

    send(chunk({ role: 'assistant', content: '' }))
    if (kind === 'thinking') {
      const until = Date.now() + Number(seen.behaviour.for ?? 300)
      while (Date.now() < until && !response.destroyed) {
        send(chunk({ reasoning_content: 'hm ' }))
        await pause(20)
      }
    }
    if (kind === 'halves') {
      send(`{"choices":[{"index":0,"delta":{"content":"a\\ud83d"}}]}`)
      send(`{"choices":[{"index":0,"delta":{"content":"\\ude00b\\ud83d"}}]}`)
    }
    for (let index = 0; index < tokens && !response.destroyed; index++) {
      send(chunk({ content: fakeWord(index) }))
      seen.sentWords++
      if (rate > 0) await pause(1000 / rate)
    }
    if (response.destroyed) return
    switch (kind) {
      case 'stall':
        return
      case 'half-closed':
        return finish(() => response.end())
      case 'reset':
        await pause(20)
        return finish(() => response.socket?.resetAndDestroy())
      case 'garbage':
        return finish(() => response.end('data: {"choices":[{"delta":{"content": oops SECRET-CONTENT\n\n'))
      case 'odd':
        send('42')
        return finish(() => response.end())
      case 'error':
        send({ error: { message: `no: ${seen.authorization}`, type: 'server_error', code: 500 } })
        return finish(() => response.end())
    }
    if (callsTools) for (const delta of toolCalls(seen.behaviour, round)) send(chunk(delta))
    if (callsTools) send(chunk({}, 'tool_calls'))
    else if (kind !== 'unfinished-done') send(chunk({}, kind === 'length' ? 'length' : 'stop'))
    if (kind === 'absurd-usage') send({ choices: [], usage: { prompt_tokens: 1e12, completion_tokens: 1e12, total_tokens: 2e12 } })
    else if (kind === 'negative-usage') send({ choices: [], usage: { prompt_tokens: -3, completion_tokens: -1, total_tokens: -4 } })
    else if (kind !== 'no-usage') send({ choices: [], usage: { prompt_tokens: 7, completion_tokens: tokens, total_tokens: 7 + tokens } })
    send('[DONE]')
    if (kind === 'lingering') return
    finish(() => response.end())
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    next: (...behaviours) => queue.push(...behaviours),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

/** The number of tool rounds since the last user message. */
function roundsDone(body: SeenRequest['body']): number {
  const messages = body?.messages ?? []
  return messages.slice(messages.findLastIndex(({ role }) => role === 'user')).filter(({ tool_calls }) => tool_calls).length
}

function toolCalls({ name = 'add', calls = 1, key = 'k', args: given, pieces, ids }: Behaviour, round: number): object[] {
  return Array.from({ length: Number(calls) }, (_, index) => {
    const id = ids === 'same' ? 'call_same' : `call_${round}_${index}`
    const args = given !== undefined ? String(given) : JSON.stringify({ key: `${key}-${round}-${index}` })
    const head = { id, type: 'function', function: { name, arguments: pieces === 'whole' ? args : '' } }
    if (pieces === 'whole') return [{ tool_calls: [head] }]
    const rest = [args.slice(0, 4), args.slice(4)].map((part) => ({ tool_calls: [{ index, function: { arguments: part } }] }))
    return [{ tool_calls: [{ index, ...head }] }, ...rest]
  }).flat()
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'chatcmpl-fake',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'fake',
  choices: [{ index: 0, delta, finish_reason }],
})

/** Rejects a request as the worst providers do: the body repeats the key. */
function refuse(response: ServerResponse, status: number, headers: Record<string, string>, authorization = ''): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ error: { message: `refused ${authorization}`, type: 'refused', code: null } }))
}

async function longLine(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: {"choices":[{"index":0,"delta":{"content":"')
  const piece = 'x'.repeat(64 * 1024)
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
    if (!response.write(piece)) await Promise.race([new Promise((resolve) => response.once('drain', resolve)), pause(100)])
  }
}

function lastUserText(body: SeenRequest['body']): string {
  const content: unknown = body?.messages?.findLast((message) => message.role === 'user')?.content ?? ''
  // With images, the content is a list of parts.
  return typeof content === 'string' ? content : JSON.stringify(content)
}

/** The last directive in a prompt, such as `[[fake stall after=10]]`. A prompt can join the messages of several turns. */
function directive(prompt: string): Behaviour {
  const [kind = 'normal', ...settings] = [...prompt.matchAll(/\[\[fake ([^\]]+)\]\]/g)].at(-1)?.[1]?.split(/\s+/) ?? []
  return { kind, ...Object.fromEntries(settings.map((setting) => setting.split('=', 2))) }
}
