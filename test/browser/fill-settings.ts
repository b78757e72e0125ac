/** Content for every settings page. */
import { expect } from 'vitest'
import type { User } from '../support/user.ts'
import { seed } from './chat.ts'

/** Fills the settings pages: a model, a key, a budget, a memory and an archived conversation. */
export async function fillSettings(api: User): Promise<void> {
  const put = async (path: string, body: object) =>
    expect([path, (await api.call('PUT', path, body)).status]).toEqual([path, expect.toSatisfy((status: number) => status < 300)])
  await put('/v1/settings/models/main', { profile: { provider: 'openai-compatible', base_url: 'https://example.com/v1', model: 'small' } })
  await put('/v1/llm/credentials/openai', { secret: 'sk-canary-0123456789abcdef-4f2a' })
  const { version } = (await (await api.call('GET', '/v1/settings')).json()) as { version: number }
  await put('/v1/settings', { version, budgets: { tenant: { tokens_per_day: 4_000, money_per_day: 5 } } })
  const session = await seed(api, 1, () => 'The reading room is booked for Tuesday')
  expect((await api.call('PATCH', `/v1/sessions/${session}/list-entry`, { archived: true })).status).toBeLessThan(300)
}
