import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { AuditTrail } from '../../../../durable-objects/audit/audit-trail.ts'
import type { Tenant } from '../../../../durable-objects/tenant/tenant.ts'
import committed from '../../../../policy/plan.json'
import { textHash } from '../../../../shared/lib/text-hash.ts'
import { type Model, ModelError } from '../../../../shared/model/model.ts'
import { guardedModel } from '../../../../workers/conversation/models/guarded-model.ts'

const conversation = env as unknown as ConversationEnv
const trails = conversation.AUDIT_TRAIL as unknown as DurableObjectNamespace<AuditTrail>
const tenants = conversation.TENANT as unknown as DurableObjectNamespace<Tenant>
const request = { messages: [], tools: [], metadata: {}, at: 0 }

async function answer(tenant: string, settings: Partial<ConversationEnv> = {}) {
  let called = 0
  const model: Model = {
    async *answer() {
      called++
      yield { type: 'text', text: 'hello' } as const
    },
  }
  const context = createExecutionContext()
  const job = { tenant, session: 's1', subject: 'alice', turn_id: 't1' }
  const guarded = guardedModel(model, 'large', job, { ...conversation, ...settings }, (work) => context.waitUntil(work))
  let text = ''
  let thrown: unknown
  try {
    for await (const chunk of guarded.answer(request, new AbortController().signal)) if (chunk.type === 'text') text += chunk.text
  } catch (error) {
    thrown = error
  }
  await waitOnExecutionContext(context)
  const trail = (await trails.getByName(tenant).page({}, Number.MAX_SAFE_INTEGER, 10)).map((line) => JSON.parse(line))
  return { called, text, thrown, trail }
}

describe('A guarded model', () => {
  it('is called when the policy allows it, and audits the decision', async () => {
    const { text, trail } = await answer('m1')
    expect(text).toBe('hello')
    expect(trail).toMatchObject([
      { action: 'model.invoke', subject: 'alice', target: 'model:large', outcome: 'allowed', detail: { turn_id: 't1' } },
    ])
  })

  it('is not called when the policy denies it, and gives the reasons', async () => {
    const plan = JSON.parse(JSON.stringify(committed).replaceAll('{"value":"model.invoke"}', '{"value":"model.none"}'))
    const text = JSON.stringify({
      revision: 1,
      plan,
      tests: [
        { input: {}, allow: false },
        { input: {}, allow: true },
      ],
    })
    await tenants.getByName('m2').putPolicy({ revision: 1, hash: textHash(text) }, text, 'ada')
    const { called, thrown, trail } = await answer('m2')
    expect(called).toBe(0)
    expect(thrown).toBeInstanceOf(ModelError)
    expect(String(thrown)).toContain('does not allow `model.invoke`: none of your roles')
    expect(trail).toMatchObject([{ outcome: 'denied', reasons: ['not_permitted'], policy: { revision: 1 } }])
  })

  it('is not called while the OPA server is unavailable', async () => {
    const { called, thrown, trail } = await answer('m3', { OPA_URL: 'http://127.0.0.1:9' })
    expect(called).toBe(0)
    expect(String(thrown)).toContain('the policy failed, and everything not allowed is denied')
    expect(trail).toMatchObject([{ outcome: 'denied', reasons: ['fault'], policy: { hash: 'remote' } }])
  })
})
