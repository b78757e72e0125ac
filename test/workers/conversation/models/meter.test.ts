import { describe, expect, it, vi } from 'vitest'
import type { TenantId } from '../../../../shared/ids.ts'
import { type Amount, defaultPrice, type Grant } from '../../../../shared/limits/budget.ts'
import type { Model, ModelRequest } from '../../../../shared/model/model.ts'
import { defaultSettings } from '../../../../shared/settings/settings.ts'
import { metered } from '../../../../workers/conversation/models/meter.ts'

const request: ModelRequest = { messages: [{ role: 'user', text: 'hello' }], tools: [], metadata: {}, at: 0 }
const granted: Grant = { ok: true, amount: { tokens: 100, micros: 0 }, outputTokens: 64 }

/** A metered call under a budget. `settled`: the amounts that the limiter received. `pendingWork`: the promises passed to `waitUntil`. */
function startCall(model: Model, reserve: () => Promise<Grant>) {
  const settled: Amount[] = []
  const pendingWork: Promise<unknown>[] = []
  const limiter = { reserve, settle: async (_key: string, cost: Amount) => void settled.push(cost) }
  const env = { LIMITER: { getByName: () => limiter } } as unknown as ConversationEnv
  const settings = { ...defaultSettings, budgets: { ...defaultSettings.budgets, tenant: { tokens_per_day: 1_000, money_per_day: 0 } } }
  const candidate = { name: 'm', model, price: defaultPrice, maxTokens: 64, historyTokens: 24_000, requestsPerMinute: undefined }
  const account = { tenant: 'acme' as TenantId, persona: undefined, attempt: 's/t/1' }
  const abort = new AbortController()
  const metering = metered(
    env,
    account,
    async () => ({ settings, candidates: [candidate] }),
    (work) => void pendingWork.push(work),
  )
  const chunks = metering.answer(request, abort.signal)[Symbol.asyncIterator]()
  return { chunks, abort, settled, pendingWork }
}

describe('A call under a budget', () => {
  it('settles a reservation that arrives after the end of the attempt, without a provider request', async () => {
    const reservation = Promise.withResolvers<Grant>()
    const answer = vi.fn()
    const { chunks, abort, settled, pendingWork } = startCall({ answer }, () => reservation.promise)
    const next = chunks.next()
    next.catch(() => {})
    await vi.waitFor(() => expect(pendingWork).toHaveLength(1))
    abort.abort()
    reservation.resolve(granted)
    await expect(next).rejects.toThrow()
    await Promise.all(pendingWork)
    expect(settled).toEqual([{ tokens: 0, micros: 0 }])
    expect(answer).not.toHaveBeenCalled()
  })

  it('settles at the abort when the model ignores it', async () => {
    const hanging: Model = {
      async *answer() {
        yield { type: 'text', text: 'two words' } as const
        await new Promise(() => {})
      },
    }
    const { chunks, abort, settled, pendingWork } = startCall(hanging, async () => granted)
    await chunks.next()
    chunks.next().catch(() => {})
    abort.abort()
    await Promise.all(pendingWork)
    expect(settled).toHaveLength(1)
    expect(settled[0]?.tokens).toBeGreaterThan(0)
  })

  it('settles a reservation after a lost response', async () => {
    const { chunks, settled, pendingWork } = startCall({ answer: vi.fn() }, () => Promise.reject(new Error('connection lost')))
    await expect(chunks.next()).rejects.toThrow('The budget cannot be checked')
    await Promise.all(pendingWork)
    expect(settled).toEqual([{ tokens: 0, micros: 0 }])
  })

  it('keeps no Worker running after a refusal', async () => {
    const { chunks, settled, pendingWork } = startCall({ answer: vi.fn() }, async () => ({ ok: false, account: 'tenant', of: 'tokens' }))
    await expect(chunks.next()).rejects.toThrow('Token budget exceeded')
    await Promise.all(pendingWork)
    expect(settled).toEqual([])
  })

  it('settles once at the end of an answer', async () => {
    const model: Model = {
      async *answer() {
        yield { type: 'text', text: 'hello' } as const
        yield { type: 'usage', usage: { input_tokens: 3, output_tokens: 1 } } as const
      },
    }
    const { chunks, abort, settled, pendingWork } = startCall(model, async () => granted)
    while (!(await chunks.next()).done);
    abort.abort()
    await Promise.all(pendingWork)
    expect(settled).toEqual([{ tokens: 4, micros: 0 }])
  })
})
