/** A workspace with a fake model and OpenAI's own client, for calls of models without a session. */
import OpenAI from 'openai'
import { expect } from 'vitest'
import type { FakeModel } from './model.ts'
import type { SharedStack } from './shared-stack.ts'
import type { User } from './user.ts'

export interface ModelWorkspace {
  readonly admin: User
  readonly member: User
  readonly openai: OpenAI
}

/** The tenant `name` with the fake endpoint as `main`, and the builtin responder as fallback. */
export async function modelWorkspace(
  stack: SharedStack,
  model: FakeModel,
  name: string,
  profile: object = {},
  sections: object = {},
): Promise<ModelWorkspace> {
  const admin = await stack.user(name, 'ada', { scopes: 'admin' })
  const member = await stack.user(name, 'bob')
  const main = { provider: 'openai-compatible', base_url: model.url, model: 'fake-large', ...profile }
  await admin.call('PUT', '/v1/settings/models/main', { profile: main })
  await admin.call('PUT', '/v1/settings/models/spare', { profile: { provider: 'builtin' } })
  const saved = await admin.call('PUT', '/v1/settings', { version: 2, chat: { profile: 'main', fallback: 'spare' }, ...sections })
  expect(saved.status).toBe(200)
  const openai = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: await stack.token(name, 'bob'), maxRetries: 0 })
  return { admin, member, openai }
}

/** One message of the user. */
export const messages = (text: string) => [{ role: 'user', content: text }]

/** A stream of `POST /v1/llm/invoke/stream`. */
export const streamed = (openai: OpenAI, body: object, signal?: AbortSignal) =>
  openai.post<AsyncIterable<OpenAI.ChatCompletionChunk>>('/llm/invoke/stream', { body, stream: true, ...(signal && { signal }) })

/** The text, the models, the finish reason and the usage of a whole stream. */
export async function collect(chunks: AsyncIterable<OpenAI.ChatCompletionChunk>) {
  const all: OpenAI.ChatCompletionChunk[] = []
  for await (const chunk of chunks) all.push(chunk)
  return {
    text: all.map(({ choices }) => choices[0]?.delta.content ?? '').join(''),
    models: [...new Set(all.map(({ model }) => model))],
    finish: all.flatMap(({ choices }) => choices.map(({ finish_reason }) => finish_reason)).findLast((reason) => reason !== null),
    usage: all.at(-1)?.usage,
  }
}
