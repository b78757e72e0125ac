/** A well-behaved endpoint in three wire formats. It counts the connections that its client closed. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A running endpoint. */
export interface WireEndpoint {
  readonly url: string
  /** The response to the next requests. `hang`: nothing. `slow`: a word every 20 ms, without end. `quick`: ten words at once. */
  mode: 'hang' | 'slow' | 'quick'
  /** Requests so far, and those that the client closed before the end. */
  readonly requests: number
  readonly aborted: number
  close(): void
}

type WriteEvents = (response: ServerResponse, text: string) => void

const sse = (response: ServerResponse, data: object, event?: string) =>
  response.write(`${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`)

/** By a part of the path: the first events, one word, and the last events. */
const formats: readonly (readonly [part: string, begin: WriteEvents, word: WriteEvents, end: WriteEvents])[] = [
  [
    '/messages',
    (response) => {
      const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage: { input_tokens: 1, output_tokens: 1 } }
      sse(response, { type: 'message_start', message }, 'message_start')
      sse(response, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, 'content_block_start')
    },
    (response, text) =>
      sse(response, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, 'content_block_delta'),
    (response) => {
      sse(response, { type: 'content_block_stop', index: 0 }, 'content_block_stop')
      sse(response, { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } }, 'message_delta')
      sse(response, { type: 'message_stop' }, 'message_stop')
    },
  ],
  [
    'streamGenerateContent',
    () => {},
    (response, text) => sse(response, { candidates: [{ content: { role: 'model', parts: [{ text }] } }] }),
    (response) =>
      sse(response, {
        candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 9, totalTokenCount: 10 },
      }),
  ],
  [
    '/chat/completions',
    (response) => chat(response, { role: 'assistant', content: '' }),
    (response, content) => chat(response, { content }),
    (response) => {
      chat(response, {}, 'stop')
      response.write('data: [DONE]\n\n')
    },
  ],
]

const chat = (response: ServerResponse, delta: object, finish_reason: string | null = null) =>
  sse(response, { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] })

/** Starts the endpoint on a free port. */
export async function startWireEndpoint(): Promise<WireEndpoint> {
  const state = { mode: 'quick' as WireEndpoint['mode'], requests: 0, aborted: 0 }
  const server = createServer(async (request, response) => {
    state.requests += 1
    let isFinished = false
    response.on('close', () => {
      if (!isFinished) state.aborted += 1
    })
    for await (const _ of request);
    if (state.mode === 'hang') return
    const format = formats.find(([part]) => request.url?.includes(part))
    if (!format) return response.writeHead(404).end()
    const [, begin, word, end] = format
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.socket?.setNoDelay(true)
    begin(response, '')
    for (let index = 0; !response.destroyed && (state.mode === 'slow' || index < 10); index++) {
      word(response, `word${index} `)
      if (state.mode === 'slow') await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (response.destroyed) return
    end(response, '')
    isFinished = true
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    get mode() {
      return state.mode
    },
    set mode(mode) {
      state.mode = mode
    },
    get requests() {
      return state.requests
    },
    get aborted() {
      return state.aborted
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
