import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Limiter } from '../../../../durable-objects/limiter/limiter.ts'
import { limits } from '../../../../shared/api/limits.ts'
import { TenantId } from '../../../../shared/ids.ts'
import { budgetName, defaultPrice, type Price } from '../../../../shared/limits/budget.ts'
import { type ModelChunk, ModelError } from '../../../../shared/model/model.ts'
import { Settings } from '../../../../shared/settings/settings.ts'
import { metered } from '../../../../workers/conversation/models/meter.ts'

type Step = ModelChunk | ModelError

const text = (content: string): ModelChunk => ({ type: 'text', text: content })
const usage = (input_tokens: number, output_tokens: number): ModelChunk => ({ type: 'usage', usage: { input_tokens, output_tokens } })

/** The chunks of a metered call that plays `steps`, and the tokens that its tenant's budget was charged. */
async function meteredCall(steps: readonly Step[], budgets: object = {}, price: Price | null = defaultPrice, models: object = {}) {
  const tenant = TenantId.parse(`meter-${crypto.randomUUID().slice(0, 8)}`)
  const settings = Settings.parse({ budgets, models })
  const unread = [...steps]
  const model = {
    async *answer() {
      for (let step = unread.shift(); step; step = unread.shift()) {
        if (step instanceof Error) throw step
        yield step
      }
    },
  }
  const candidate = { name: 'm', model, price, maxTokens: undefined, historyTokens: 24_000, requestsPerMinute: undefined }
  const pendingWork: Promise<unknown>[] = []
  const account = { tenant, persona: undefined, attempt: 's/t/1' }
  const choose = async () => ({ settings, candidates: [candidate] })
  const meter = metered(env, account, choose, (work) => void pendingWork.push(work))
  const chunks: ModelChunk[] = []
  let error: unknown
  try {
    const request = { messages: [{ role: 'user', text: 'How are you today?' }], tools: [tool], metadata: {}, at: 0 } as const
    for await (const chunk of meter.answer(request, new AbortController().signal)) chunks.push(chunk)
  } catch (thrown) {
    error = thrown
  }
  await Promise.all(pendingWork)
  const limiter = env.LIMITER.getByName(budgetName(tenant)) as unknown as DurableObjectStub<Limiter>
  const accounts = await limiter.use()
  const [tenantAccount] = accounts
  const shownUsage = chunks.flatMap((chunk) => (chunk.type === 'usage' ? [chunk.usage] : []))
  return { chunks, error, shownUsage, charged: tenantAccount?.used.tokens, unreadSteps: unread.length, accounts }
}

const tool = { name: 'look', description: 'Looks. '.repeat(30), parameters: {}, effect: 'none', timeout_ms: 1 } as const
const total = (all: readonly { input_tokens: number; output_tokens: number }[]) =>
  all.reduce((sum, { input_tokens, output_tokens }) => sum + input_tokens + output_tokens, 0)

describe('The usage that a turn shows', () => {
  it.each([
    ['reported', [text('word '.repeat(40)), usage(7, 40)], 47],
    ['not reported', [text('word '.repeat(40))], undefined],
    ['reported as nothing', [text('word '.repeat(40)), usage(0, 0)], undefined],
    ['reported as far too little', [text('word '.repeat(40)), usage(7, 1)], 57],
    ['reported with each piece', [text('word '.repeat(20)), usage(7, 20), text('word '.repeat(20)), usage(7, 40)], 47],
    ['not reported, and the answer breaks off', [text('word '.repeat(40)), new ModelError('Broke.')], undefined],
  ] as const)('is what the budget is charged, if it is %s', async (_, steps, expected) => {
    for (const budgets of [{}, { tenant: { tokens_per_day: 100_000 } }]) {
      const { shownUsage, charged } = await meteredCall(steps, budgets)
      expect(shownUsage).toHaveLength(1)
      expect(charged).toBe(total(shownUsage))
      expect(charged).toBeGreaterThanOrEqual(47)
      if (expected !== undefined) expect(charged).toBe(expected)
    }
  })

  it('is what the budget is charged, if the answer is cut at the longest item', async () => {
    const giant = 'x'.repeat(limits.itemUnits + 100_000)
    for (const steps of [
      [text(giant), text('more')],
      [text(giant.slice(0, limits.itemUnits)), text('x'), text('more')],
    ]) {
      const { chunks, shownUsage, charged, unreadSteps } = await meteredCall(steps)
      const answerText = chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
      expect(answerText).toHaveLength(limits.itemUnits)
      expect(chunks).toContainEqual({ type: 'cut' })
      expect(unreadSteps).toBe(1)
      expect(charged).toBe(total(shownUsage))
      expect(charged).toBeGreaterThan(limits.itemUnits / 4)
    }
  })

  it('does not cut an answer that is exactly the longest item', async () => {
    const { chunks } = await meteredCall([text('x'.repeat(limits.itemUnits)), usage(7, limits.itemUnits / 4)])
    expect(chunks.map(({ type }) => type)).toEqual(['answered_by', 'text', 'usage'])
  })

  it('is nothing, and costs nothing, if the provider refuses', async () => {
    const { shownUsage, charged, error } = await meteredCall([new ModelError('No.')])
    expect([shownUsage, charged ?? 0]).toEqual([[], 0])
    expect(error).toBeInstanceOf(ModelError)
  })
})

describe('The use of a model without a price', () => {
  const models = {
    dear: { provider: 'builtin', price: { input_per_million: 2, output_per_million: 50 } },
    cheap: { provider: 'builtin', price: { input_per_million: 4, output_per_million: 1 } },
  }
  const steps = [text('word '.repeat(40)), usage(7, 40)]

  it('counts as the dearest known price, and on an account of its own', async () => {
    for (const budgets of [{}, { tenant: { money_per_day: 100 } }, { tenant: { tokens_per_day: 100_000 } }]) {
      const { accounts } = await meteredCall(steps, budgets, null, models)
      const expected = { tokens: 47, micros: 7 * 4 + 40 * 50 }
      expect(accounts.map(({ account, used }) => [account, used])).toEqual([
        ['tenant', expected],
        ['unpriced', expected],
      ])
    }
  })

  it('has no such account if the price is known, also if it is nothing', async () => {
    const { accounts } = await meteredCall(steps, {}, defaultPrice, models)
    expect(accounts.map(({ account, used }) => [account, used])).toEqual([['tenant', { tokens: 47, micros: 0 }]])
  })

  it('is refused under a budget of money if no price is known', async () => {
    const { error, chunks, unreadSteps, accounts } = await meteredCall(steps, { tenant: { money_per_day: 100 } }, null)
    expect(String(error)).toContain('`m` has no price')
    expect([chunks, unreadSteps, accounts]).toEqual([[], 2, []])
    const { error: none } = await meteredCall(steps, { tenant: { tokens_per_day: 100_000 } }, null)
    expect(none).toBeUndefined()
  })
})

describe('An impossible usage', () => {
  it('is clamped or estimated, and logged', async () => {
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
    const warn = vi.spyOn(console, 'warn').mockImplementation((line) => void lines.push(String(line)))
    for (const impossible of [{ ...usage(0, 40), clamped: true } as ModelChunk, usage(7, 300_000), usage(1_000_000, 40)]) {
      lines.length = 0
      const { shownUsage, charged } = await meteredCall([text('word '.repeat(40)), impossible])
      expect(charged).toBe(total(shownUsage))
      expect(charged).toBeGreaterThan(0)
      expect(charged).toBeLessThan(1_000)
      expect(lines.filter((line) => line.includes('model_usage.implausible'))).toHaveLength(1)
    }
    log.mockRestore()
    warn.mockRestore()
  })
})

describe('Reasoning', () => {
  it('counts as output, and names the model that thinks', async () => {
    const { chunks, charged, shownUsage } = await meteredCall([{ type: 'reasoning', text: 'word '.repeat(400) }, text('Yes.')])
    expect(chunks.map(({ type }) => type)).toEqual(['answered_by', 'reasoning', 'text', 'usage'])
    expect(charged).toBe(total(shownUsage))
    expect(charged).toBeGreaterThan(500)
  })
})
