/** The `openai` client embeds texts with the whole stack. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SharedStack, sharedStack } from '../../support/shared-stack.ts'
import type { User } from '../../support/user.ts'

const tenant = 'e2e-embeddings'
let stack: SharedStack
let provider: Server
let admin: User
let openai: OpenAI
const requests: { readonly model: string; readonly input: readonly string[]; readonly dimensions?: number }[] = []

beforeAll(async () => {
  provider = createServer(async (request, response) => {
    const body = JSON.parse(await text(request))
    requests.push(body)
    const isKnown = request.url === '/v1/embeddings' && body.model === 'fake-embed'
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' })
    // Not in the order of the texts.
    const data = body.input
      .map((input: string, index: number) => ({ object: 'embedding', index, embedding: [input.length, 0.5, -1] }))
      .reverse()
    response.end(JSON.stringify(isKnown ? { data, usage: { prompt_tokens: 12, total_tokens: 12 } } : { error: { message: 'unknown' } }))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  stack = await sharedStack()
  admin = await stack.user(tenant, 'ada', { scopes: 'admin' })
  const base_url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
  for (const [name, profile] of Object.entries({
    embedder: { provider: 'openai-compatible', base_url, model: 'fake-embed', price: { input_per_million: 1_000_000 } },
    wrong: { provider: 'openai-compatible', base_url, model: 'other' },
    claude: { provider: 'anthropic', base_url, model: 'c' },
  })) {
    const saved = await admin.call('PUT', `/v1/settings/models/${name}`, { profile })
    expect(saved.status, await saved.text()).toBeLessThan(300)
  }
  openai = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: await stack.token(tenant, 'bob'), maxRetries: 0 })
}, 150_000)
afterAll(() => provider?.close())

describe("OpenAI's client", () => {
  it('embeds texts with a model profile, in their order', async () => {
    const { data, usage, model } = await openai.embeddings.create({ model: 'embedder', input: ['four', 'seven77'], dimensions: 3 })
    expect(data.map(({ index, embedding }) => [index, [...embedding]])).toEqual([
      [0, [4, 0.5, -1]],
      [1, [7, 0.5, -1]],
    ])
    expect([usage, model]).toEqual([{ prompt_tokens: 12, total_tokens: 12 }, 'embedder'])
    expect(requests.at(-1)).toMatchObject({ model: 'fake-embed', input: ['four', 'seven77'], dimensions: 3 })
    const asNumbers = await openai.embeddings.create({ model: 'embedder', input: 'one', encoding_format: 'float' })
    expect(asNumbers.data[0]?.embedding).toEqual([3, 0.5, -1])
  })

  it('embeds texts without a profile: equal texts have equal unit vectors', async () => {
    const { data } = await openai.embeddings.create({ model: 'default', input: ['a', 'b', 'a'], dimensions: 64 })
    const [a, b, again] = data.map(({ embedding }) => embedding)
    expect([a?.length, a]).toEqual([64, again])
    expect(a).not.toEqual(b)
    expect(a?.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5)
  })

  it('reads refusals in the shape of its API', async () => {
    const refusal = (model: string, input: string | string[] = 'x') => openai.embeddings.create({ model, input })
    await expect(refusal('nobody')).rejects.toMatchObject({ status: 400, param: 'model' })
    await expect(refusal('claude')).rejects.toThrow('OpenAI-compatible')
    await expect(refusal('wrong')).rejects.toMatchObject({ status: 502 })
    await expect(refusal('default', [])).rejects.toMatchObject({ status: 400, param: 'input' })
    await expect(refusal('default', [[1, 2]] as never)).rejects.toThrow('lists of tokens are not read')
    await expect(
      new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: 'no', maxRetries: 0 }).embeddings.create({ model: 'x', input: 'x' }),
    ).rejects.toMatchObject({ status: 401 })
  })

  it('cannot embed beyond the budget of the workspace', async () => {
    const { version } = (await (await admin.call('GET', '/v1/settings')).json()) as { version: number }
    const saved = await admin.call('PUT', '/v1/settings', { version, budgets: { tenant: { tokens_per_day: 1 } } })
    expect(saved.status, await saved.clone().text()).toBe(200)
    const sent = requests.length
    await expect(openai.embeddings.create({ model: 'embedder', input: 'four' })).rejects.toMatchObject({ status: 429 })
    expect(requests.length).toBe(sent)
  })
})
