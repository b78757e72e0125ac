/**
 * A model server that a test controls. It sends text on the test's command. A question that no test claimed with `take`
 * gets a few words of markdown at once.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  say(text: string): void
  /** Sends `text` in pieces, `perSecond` a second. Ends early when the client disconnects. */
  stream(pieces: readonly string[], perSecond: number): Promise<void>
  /** Calls a tool and ends this step. */
  call(name: string, args: object): void
  finish(): void
  /** Breaks the connection in the middle of the answer. */
  breakOff(): void
  /** Whether the client has disconnected. */
  aborted(): boolean
}

export interface HandModel {
  /** The value of `SOMA_MODEL_BASE_URL`. */
  readonly url: string
  /** Claims the next question that contains `part`. The model sends nothing until the test does. */
  take(part: string): Promise<Answer>
  /** Refuses every question that contains `part` with this HTTP status. */
  refuse(part: string, status: number): void
  close(): Promise<void>
}

/** Serves on `port` of 127.0.0.1; 0: a free one. */
export async function startHandModel(port = 0): Promise<HandModel> {
  const claims: { readonly part: string; readonly give: (answer: Answer) => void }[] = []
  const refusals = new Map<string, number>()
  const server = createServer((request, response) => {
    reply(request, response).catch(() => response.destroy())
  })

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const question = lastQuestion(await text(request))
    for (const [part, status] of refusals) {
      if (!question.includes(part)) continue
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"message":"no","type":"refused","code":null}}')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.flushHeaders()
    response.socket?.setNoDelay(true)
    const answer = byHand(response)
    const claimed = claims.findIndex(({ part }) => question.includes(part))
    if (claimed >= 0) return claims.splice(claimed, 1)[0]?.give(answer)
    answer.say(`You asked about *${question.slice(0, 60)}*.\n\nThat is **all** there is to say.`)
    answer.finish()
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    take: (part) => new Promise((give) => claims.push({ part, give })),
    refuse: (part, status) => void refusals.set(part, status),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

function byHand(response: ServerResponse): Answer {
  let finished = false
  const send = (data: unknown) => response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
  const chunk = (delta: object, finish_reason: string | null = null) =>
    send({ id: 'by-hand', object: 'chat.completion.chunk', created: 1, model: 'hand', choices: [{ index: 0, delta, finish_reason }] })
  const say = (content: string) => void chunk({ content })
  chunk({ role: 'assistant', content: '' })
  return {
    say,
    async stream(pieces, perSecond) {
      const startedAt = performance.now()
      for (let sent = 0; sent < pieces.length && !response.destroyed; ) {
        const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1
        for (; sent < due && sent < pieces.length; sent += 1) say(pieces[sent] ?? '')
        await new Promise((resolve) => setTimeout(resolve, Math.max(5, 1_000 / perSecond)))
      }
    },
    call(name, args) {
      chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name, arguments: JSON.stringify(args) } }] })
      end('tool_calls')
    },
    finish: () => end('stop'),
    breakOff: () => response.socket?.resetAndDestroy(),
    aborted: () => response.destroyed && !finished,
  }

  function end(reason: string): void {
    finished = true
    chunk({}, reason)
    send({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 11, total_tokens: 18 } })
    send('[DONE]')
    response.end()
  }
}

function lastQuestion(body: string): string {
  const { messages = [] }: { messages?: { role: string; content: string }[] } = JSON.parse(body || '{}')
  return messages.findLast(({ role }) => role === 'user')?.content ?? ''
}

async function text(request: IncomingMessage): Promise<string> {
  let all = ''
  for await (const piece of request.setEncoding('utf8')) all += piece
  return all
}
