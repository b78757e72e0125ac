/** A workspace with a scripted model, for the clients of other protocols. */
import { expect } from 'vitest'
import type { ScriptedAnswer, ScriptedModel, ScriptedRequest } from './scripted-model.ts'
import type { SharedStack } from './shared-stack.ts'
import type { User } from './user.ts'

export interface FaceWorkspace {
  readonly admin: User
  readonly member: User
  /** An access token of the member. */
  readonly token: string
}

/** The tenant `name` with the scripted model as `main`. */
export async function faceWorkspace(stack: SharedStack, model: ScriptedModel, name: string): Promise<FaceWorkspace> {
  const admin = await stack.user(name, 'ada', { scopes: 'admin' })
  const member = await stack.user(name, 'bob')
  const main = { provider: 'openai-compatible', base_url: model.url, model: 'fake-large', context_tokens: 100_000 }
  await admin.call('PUT', '/v1/settings/models/main', { profile: main })
  const saved = await admin.call('PUT', '/v1/settings', { version: 1, chat: { profile: 'main', fallback: null } })
  expect(saved.status, await saved.text()).toBe(200)
  return { admin, member, token: await stack.token(name, 'bob') }
}

/** Answers by the last message: calls the first tool twice, reports a result, fails, or repeats the message. */
export function echoing({ messages, tools = [] }: ScriptedRequest): ScriptedAnswer {
  const last = messages.at(-1)
  if (last?.role === 'tool') return { text: `The tool said: ${last.content}` }
  if (last?.content === 'two cities')
    return { calls: ['Oslo', 'Rome'].map((city) => ({ name: tools[0]?.function.name ?? '', arguments: { city } })) }
  if (last?.content === 'fail') return { status: 400, text: 'no' }
  if (last?.content.startsWith('json')) return { text: '{"n": 1}' }
  return { text: `You said: ${last?.content}`, input_tokens: 11, output_tokens: 5 }
}
