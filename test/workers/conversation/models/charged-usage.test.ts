import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Limiter } from '../../../../durable-objects/limiter/limiter.ts'
import { limits } from '../../../../shared/api/limits.ts'
import { TenantId } from '../../../../shared/ids.ts'
import { budgetName, defaultPrice } from '../../../../shared/limits/budget.ts'
import { type ModelChunk, ModelError } from '../../../../shared/model/model.ts'
import { Settings } from '../../../../shared/settings/settings.ts'
import { metered } from '../../../../workers/conversation/models/meter.ts'

type Step = ModelChunk | ModelError

const text = (content: string): ModelChunk => ({ type: 'text', text: content })
const usage = (input_tokens: number, output_tokens: number): ModelChunk => ({ type: 'usage', usage: { input_tokens, output_tokens } })

/** The chunks of a metered call that plays `steps`, and the tokens that its tenant's budget was charged. */
async function meteredCall(steps: readonly Step[], budgets: object = {}) {
  const tenant = TenantId.parse(`meter-${crypto.randomUUID().slice(0, 8)}`)
  const settings = Settings.parse({ budgets })
  const unread = [...steps]
  const model = {
    async *answer() {
      for (let step = unread.shift(); step; step = unread.shift()) {
        if (step instanceof Error) throw step
        yield step
      }
    },
  }
  const candidate = { name: 'm', model, price: defaultPrice, maxTokens: undefined, historyTokens: 24_000, requestsPerMinute: undefined }
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
  const [tenantAccount] = await limiter.use()
  const shownUsage = chunks.flatMap((chunk) => (chunk.type === 'usage' ? [chunk.usage] : []))
  return { chunks, error, shownUsage, charged: tenantAccount?.used.tokens, unreadSteps: unread.length }
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
