/**
 * How the `openai` library reacts to a misbehaving endpoint in workerd. Our driver depends on this behaviour.
 * When one test fails after an upgrade, check the list in dialect-model.ts.
 */
import OpenAI from 'openai'
import { describe, expect, it, vi } from 'vitest'
import { fakeText } from '../../../support/words.ts'
import { modelUrl, prompt, requestsWith } from '../fake-model.ts'

const client = (options = {}) => new OpenAI({ baseURL: modelUrl, apiKey: 'sk-secret', maxRetries: 0, logLevel: 'off', ...options })

async function ask(content: string, { signal, ...options }: { signal?: AbortSignal; [option: string]: unknown } = {}) {
  const parts: string[] = []
  const stream = await client(options).chat.completions.create(
    { model: 'm', messages: [{ role: 'user', content }], stream: true },
    signal ? { signal } : {},
  )
  for await (const chunk of stream) parts.push(chunk.choices?.[0]?.delta?.content ?? '')
  return parts.join('')
}

describe('the openai library', () => {
  it('streams an answer', async () => {
    expect(await ask(prompt('normal tokens=20'))).toBe(fakeText(20))
  })

  it('ends as if finished when the body ends without a finish reason', async () => {
    expect(await ask(prompt('half-closed after=5'))).toBe(fakeText(5))
  })

  it('ends as if finished when it is aborted during the answer', async () => {
    const text = prompt('stall after=5')
    expect(await ask(text, { signal: AbortSignal.timeout(200) })).toBe(fakeText(5))
    await vi.waitFor(async () => expect((await requestsWith(text))[0]?.abortedAt).toBeDefined())
  })

  it('throws when it is aborted before headers', async () => {
    const text = prompt('silent')
    await expect(ask(text, { signal: AbortSignal.timeout(200) })).rejects.toThrow('Request was aborted.')
    await vi.waitFor(async () => expect((await requestsWith(text))[0]?.abortedAt).toBeDefined())
  })

  it('ignores the signal while it waits for Retry-After', async () => {
    const startedAt = Date.now()
    const text = prompt('429 after=1 times=1')
    await expect(ask(text, { maxRetries: 1, signal: AbortSignal.timeout(100) })).rejects.toThrow('Request was aborted.')
    expect(Date.now() - startedAt).toBeGreaterThan(900)
  })

  it('logs the content of a line that is not JSON, and throws', async () => {
    const error = vi.fn()
    const logger = { error, warn: error, info: error, debug: error }
    await expect(ask(prompt('garbage after=2'), { logLevel: 'error', logger })).rejects.toThrow(SyntaxError)
    expect(JSON.stringify(error.mock.calls)).toContain('SECRET-CONTENT')
  })

  it('ends empty, as if finished, on a web page with status 200', async () => {
    expect(await ask(prompt('html status=200'))).toBe('')
  })

  it('copies the body of an error response to its message, with keys', async () => {
    await expect(ask(prompt('500 times=1'))).rejects.toThrow('sk-secret')
  })

  it('buffers a line without end', async () => {
    const startedAt = Date.now()
    const text = prompt('long-line bytes=3000000')
    await expect(ask(text, { signal: AbortSignal.timeout(1_000) })).resolves.toBe('')
    expect(Date.now() - startedAt).toBeGreaterThan(950)
  })

  it('waits for an endpoint that stays open after [DONE]', async () => {
    const startedAt = Date.now()
    expect(await ask(prompt('lingering tokens=3'), { signal: AbortSignal.timeout(500) })).toBe(fakeText(3))
    expect(Date.now() - startedAt).toBeGreaterThan(450)
  })

  it('returns negative usage, and JSON that is not a chunk', async () => {
    const chunks: unknown[] = []
    for (const directive of ['negative-usage', 'odd after=1']) {
      const stream = await client().chat.completions.create({
        model: 'm',
        messages: [{ role: 'user', content: prompt(directive) }],
        stream: true,
      })
      for await (const chunk of stream) chunks.push(chunk)
    }
    expect(chunks).toContainEqual(expect.objectContaining({ usage: expect.objectContaining({ prompt_tokens: -3 }) }))
    expect(chunks).toContain(42)
  })
})
