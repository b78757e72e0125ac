/** What a turn recalls, with the real policy and memory object, and with a memory that is slow or away. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { AuditTrail } from '../../../../durable-objects/audit/audit-trail.ts'
import type { Memory } from '../../../../durable-objects/memory/memory.ts'
import { memoryObjectName, Subject, TenantId, userNamespace } from '../../../../shared/ids.ts'
import { type RecallBindings, recallFor } from '../../../../workers/conversation/memory/turn-recall.ts'

const bindings = env as unknown as ConversationEnv
const objects = bindings.MEMORY as unknown as DurableObjectNamespace<Memory>
const trails = bindings.AUDIT_TRAIL as unknown as DurableObjectNamespace<AuditTrail>
const patientMs = 10_000

const memoryOf = (tenant: string, subject = 'alice') =>
  objects.getByName(memoryObjectName(TenantId.parse(tenant), userNamespace(Subject.parse(subject))))

async function recall(
  tenant: string,
  text: string,
  { metadata = {}, isOff = false as boolean | Promise<boolean>, ms = patientMs, stubbed = {} as Partial<RecallBindings> } = {},
) {
  const context = createExecutionContext()
  const job = { tenant, session: 'now', subject: 'alice', turn_id: 't1', messages: [{ role: 'user', text } as const], metadata }
  const all = { ...(bindings as unknown as RecallBindings), ...stubbed }
  const recalled = await recallFor(all, job, isOff, ms, (work) => context.waitUntil(work))
  await waitOnExecutionContext(context)
  return { ...recalled, texts: recalled.memories.map((memory) => memory.text) }
}

describe('A turn', () => {
  it('recalls what its owner said elsewhere and nothing of other users, and audits it', async () => {
    await memoryOf('r1').hear({ session: 'before', seq: 2, at: 20, text: 'My dog is called Rex.' })
    await memoryOf('r1', 'bob').hear({ session: 'other', seq: 2, at: 20, text: 'My dog is called Bello.' })
    expect((await recall('r1', 'What is my dog called?')).texts).toEqual(['My dog is called Rex.'])
    const trail = (await trails.getByName('r1').page({}, Number.MAX_SAFE_INTEGER, 10)).map((line) => JSON.parse(line))
    expect(trail).toMatchObject([{ action: 'memory.recall', subject: 'alice', outcome: 'allowed', detail: { turn_id: 't1' } }])
    expect(JSON.stringify(trail)).not.toContain('Rex')
  })

  it('recalls nothing if nothing fits', async () => {
    await memoryOf('r2').hear({ session: 'before', seq: 2, at: 20, text: 'My dog is called Rex.' })
    expect(await recall('r2', 'Which bonds should a pension fund buy?')).toMatchObject({ memories: [] })
    expect(await recall('r2', 'Which bonds should a pension fund buy?')).not.toHaveProperty('failure')
  })

  it('recalls nothing, and audits nothing, if memory turns out to be off', async () => {
    await memoryOf('r8').hear({ session: 'before', seq: 2, at: 20, text: 'My dog is called Rex.' })
    expect(await recall('r8', 'What is my dog called?', { isOff: Promise.resolve(true) })).toEqual({ memories: [], texts: [] })
    expect(await trails.getByName('r8').page({}, Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })

  it('recalls nothing for a message of another user', async () => {
    await memoryOf('r3').hear({ session: 'before', seq: 2, at: 20, text: 'My dog is called Rex.' })
    expect((await recall('r3', 'What is my dog called?', { metadata: { sent_by: 'bob' } })).texts).toEqual([])
  })

  it('goes on without a memory that is slow', async () => {
    const MEMORY = { getByName: () => ({ relevant: () => new Promise<never>(() => {}) }) }
    expect(await recall('r4', 'What is my dog called?', { ms: 20, stubbed: { MEMORY } })).toMatchObject({ memories: [], failure: 'slow' })
  })

  it('goes on without a memory that is away', async () => {
    const MEMORY = { getByName: () => ({ relevant: () => Promise.reject(new Error('away')) }) }
    expect(await recall('r5', 'What is my dog called?', { stubbed: { MEMORY } })).toMatchObject({ memories: [], failure: 'unavailable' })
  })

  it('goes on without the memory object of an earlier release', async () => {
    const lacking = new TypeError('The RPC receiver does not implement the method "relevant".')
    const MEMORY = { getByName: () => ({ relevant: () => Promise.reject(lacking) }) }
    expect(await recall('r6', 'What is my dog called?', { stubbed: { MEMORY } })).not.toHaveProperty('failure')
  })

  it('is given nothing that the policy denies', async () => {
    await memoryOf('r7').hear({ session: 'before', seq: 2, at: 20, text: 'My dog is called Rex.' })
    const ACCOUNTS = { getByName: () => ({ roleOf: async () => null }) }
    expect(await recall('r7', 'What is my dog called?', { stubbed: { ACCOUNTS } })).toMatchObject({ memories: [], failure: 'denied' })
  })
})
