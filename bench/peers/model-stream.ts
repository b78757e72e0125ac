/** A minimal client of an OpenAI-compatible endpoint: `node:http` and a split at line ends. */
import { Agent, type IncomingMessage, request } from 'node:http'

const agent = new Agent({ keepAlive: true })

/** A message of the conversation. */
export interface ChatMessage {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** Calls `onText` with each piece of the answer. Resolves when it is complete. */
export async function streamAnswer(baseUrl: string, messages: readonly ChatMessage[], onText: (text: string) => void): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${baseUrl}/chat/completions`, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, resolve)
      .on('error', reject)
      .end(JSON.stringify({ model: 'fake', stream: true, messages }))
  })
  let rest = ''
  for await (const piece of response.setEncoding('utf8')) {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue
      const text = JSON.parse(line.slice(6)).choices[0]?.delta?.content
      if (text) onText(text)
    }
  }
}

/** The deltas of one answer in our gateway's format, so that every server sends the same number of bytes. */
export class Deltas {
  readonly #ids = { turn_id: crypto.randomUUID(), item_id: crypto.randomUUID() }
  #offset = 0

  data(text: string): string {
    const data = JSON.stringify({ type: 'item.delta', ...this.#ids, offset: this.#offset, text, after: 5 })
    this.#offset += text.length
    return data
  }

  frame(text: string): string {
    return `id: 5.${this.#offset + text.length}\ndata: ${this.data(text)}\n\n`
  }

  /** The end of an answer. */
  get ended(): string {
    return JSON.stringify({ type: 'turn.ended', turn_id: this.#ids.turn_id, outcome: 'completed' })
  }
}
