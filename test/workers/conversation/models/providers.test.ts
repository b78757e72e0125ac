/**
 * Turns with a provider that misbehaves as real ones were reported to. Each case defines the expected turn. Then three further turns must
 * succeed, at each strict provider. `npm run test:providers` runs this file and counts its cases.
 */
import { afterAll, beforeAll, describe, expect, inject, it, type MockInstance, vi } from 'vitest'
import { defaultTimeouts } from '../../../../shared/turn/run.ts'
import type { ProviderCase } from '../../../support/provider-cases/provider-case.ts'
import { cases } from '../../../support/provider-cases.ts'
import type {} from '../provided.ts'
import { Conversation } from './conversation.ts'

const url = inject('providerUrl')
const apiKey = 'sk-canary-0123456789'
const fastRetries = { ...defaultTimeouts, retryMs: [5, 5] }
/** For cases about the limits themselves. */
const shortTimeouts = { ...fastRetries, firstTokenMs: 2_000, betweenTokensMs: 1_000, keepAliveMs: 4_000 }
const strictProviders = ['mistral', 'openai', 'anthropic', 'alternate', 'jsonargs', 'gemini', 'deepseek', 'groq']

let logs: readonly MockInstance[]
beforeAll(() => {
  logs = (['log', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}))
})
afterAll(() => {
  for (const log of logs) log.mockRestore()
})

function conversation(path: string, { kind, model = 'm', maxTokens }: ProviderCase): Conversation {
  // Each case has its own model, because an endpoint's shape is remembered.
  const endpoint = { baseURL: `${url}${path}/v1`, model: `${model}-${crypto.randomUUID().slice(0, 8)}`, apiKey }
  return new Conversation(endpoint, kind === 'K7' ? shortTimeouts : fastRetries, maxTokens)
}

const successfulTurn = { outcome: 'completed', text: 'Hello world.' }

/** Cases that pause run by themselves, because a busy machine prolongs pauses. */
const pauses = ({ kind }: Pick<ProviderCase, 'kind'>): boolean => kind === 'K2' || kind === 'K7'

describe.each([true, false])('A turn with a misbehaving provider that pauses: %s', (isPausing) => {
  it.concurrent.each(Object.entries(cases).filter(([, providerCase]) => pauses(providerCase) === isPausing))(
    'handles %s',
    async (name, expected) => {
      const target = conversation('', expected)
      const turn = await target.send(`${crypto.randomUUID()} case:${name}`)
      expect(turn.outcome, turn.reason).toBe(expected.outcome)
      expect(turn.text).toBe(expected.text ?? (expected.outcome === 'completed' ? 'Hello world.' : ''))
      expect(turn.truncated).toBe(expected.truncated)
      if (expected.reason) expect(turn.reason).toMatch(expected.reason)
      if (expected.detail) expect(turn.detail).toMatch(expected.detail)
      expect(turn.calls).toEqual(expected.calls ?? [])
      for (const [index, result] of (expected.results ?? []).entries()) expect(turn.results[index]).toMatch(result)
      // The key is in no text, reason, call or log line.
      expect(JSON.stringify([turn, target.log, logs.map(({ mock }) => mock.calls)])).not.toContain(apiKey)
      expect(await target.send('further case:ok')).toMatchObject(successfulTurn)
    },
  )
})

/** Cases with a distinct history. The other histories equal one of these. */
const faults = Object.entries(cases).filter(
  ([name, { kind, outcome, calls }]) =>
    name === 'ok' || (calls && !pauses({ kind })) || (outcome === 'failed' && ['K1', 'K4', 'think'].includes(kind)),
)

describe.each(strictProviders)('Three further turns at %s', (provider) => {
  it.concurrent.each(faults)('succeed after %s', async (name, fault) => {
    const target = conversation(`/${provider}`, fault)
    await target.send(`case:${name}`)
    for (const text of ['second case:ok', 'third', 'fourth']) expect(await target.send(text)).toMatchObject(successfulTurn)
  })
})

describe("Another provider's history", () => {
  it.each(strictProviders)('is accepted by %s, without the fields of the first', async (provider) => {
    const first = conversation('', { kind: 'K5', outcome: 'completed' })
    await first.send('case:callOwnFields')
    const second = conversation(`/${provider}`, { kind: 'K5', outcome: 'completed' })
    second.log.push(...first.log)
    expect(await second.send('and now')).toMatchObject(successfulTurn)
  })
})
