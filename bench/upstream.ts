/**
 * An OpenAI-compatible endpoint with exact timing. The message sets the number of words and the rate: `[[words=100 rate=40]]`.
 * The rate is in words per second; 0 sends all at once. It is a separate process, so that its CPU time does not count.
 */
import { writeSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { word } from './words.ts'

const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: 'bench', object: 'chat.completion.chunk', created: 1, model: 'fake', choices: [{ index: 0, delta, finish_reason }] })}\n\n`

async function sendWords(words: number, rate: number, response: ServerResponse): Promise<void> {
  const startedAt = performance.now()
  let sent = 0
  while (sent < words) {
    // Send by the clock, because pauses are longer than requested. Overdue words are sent at once.
    const due = rate === 0 ? words : Math.min(words, 1 + Math.floor(((performance.now() - startedAt) * rate) / 1_000))
    for (; sent < due; sent += 1) response.write(chunk({ content: word(sent) }))
    if (sent < words) await sleep(1)
  }
  response.write(chunk({}, 'stop'))
  response.write(
    `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 7, completion_tokens: words, total_tokens: 7 + words } })}\n\n`,
  )
  response.end('data: [DONE]\n\n')
}

const server = createServer(async (request, response) => {
  let body = ''
  for await (const piece of request.setEncoding('utf8')) body += piece
  const message: string = JSON.parse(body).messages.at(-1).content
  const [, words, rate] = /\[\[words=(\d+) rate=(\d+)\]\]/.exec(message) ?? []
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  await sendWords(Number(words), Number(rate), response)
})

server.listen(0, '127.0.0.1', () => writeSync(3, `${JSON.stringify({ event: 'listen', port: (server.address() as AddressInfo).port })}\n`))
