/**
 * An OpenAI-compatible endpoint that keeps time: it says as many words as the message asks for, `[[words=100 rate=40]]`, so many a
 * second by the clock (0: all at once). A process of its own, so that its work is nobody else's.
 */
import { writeSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { word } from './words.ts'

const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: 'bench', object: 'chat.completion.chunk', created: 1, model: 'fake', choices: [{ index: 0, delta, finish_reason }] })}\n\n`

async function say(words: number, rate: number, response: ServerResponse): Promise<void> {
  const startedAt = performance.now()
  let said = 0
  while (said < words) {
    // By the clock and not by pauses, which are longer than asked for; what is overdue goes at once.
    const due = rate === 0 ? words : Math.min(words, 1 + Math.floor(((performance.now() - startedAt) * rate) / 1_000))
    for (; said < due; said += 1) response.write(chunk({ content: word(said) }))
    if (said < words) await sleep(1)
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
  const asked: string = JSON.parse(body).messages.at(-1).content
  const [, words, rate] = /\[\[words=(\d+) rate=(\d+)\]\]/.exec(asked) ?? []
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  await say(Number(words), Number(rate), response)
})

server.listen(0, '127.0.0.1', () => writeSync(3, `${JSON.stringify({ event: 'listen', port: (server.address() as AddressInfo).port })}\n`))
