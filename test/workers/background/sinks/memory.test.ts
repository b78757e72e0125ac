/** Memories from a session's log: authorized first, written once, refused with reasons, and independent of the conversation. */
import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Accounts } from '../../../../durable-objects/accounts/accounts.ts'
import type { AuditTrail } from '../../../../durable-objects/audit/audit-trail.ts'
import type { Memory } from '../../../../durable-objects/memory/memory.ts'
import type { Event } from '../../../../shared/events/event.ts'
import { memoryObjectName, SessionId, Subject, sessionObjectName, TenantId, userNamespace } from '../../../../shared/ids.ts'
import { consume } from '../../../../workers/background/consume.ts'
import { type Dependencies, memorySink } from '../../../../workers/background/sinks/memory/memory-sink.ts'
import worker, { type Session } from '../worker.ts'

const queue = 'conversation-outbound-memory'
const alice = Subject.parse('alice')
const objects = env as unknown as {
  SESSION: DurableObjectNamespace<Session>
  MEMORY: DurableObjectNamespace<Memory>
  AUDIT_TRAIL: DurableObjectNamespace<AuditTrail>
  ACCOUNTS: DurableObjectNamespace<Accounts>
}

let count = 0
let tenant: TenantId
const session = SessionId.parse('s')
beforeEach(() => {
  tenant = TenantId.parse(`t${++count}`)
})

const log = () => objects.SESSION.getByName(sessionObjectName(tenant, session))
const memory = () => objects.MEMORY.getByName(memoryObjectName(tenant, userNamespace(alice)))
const storedTexts = async () =>
  (await memory().find({ q: '', limit: 50, before: null, skip: 0 })).memories.map(({ text }) => text).reverse()
const trail = async () =>
  (await objects.AUDIT_TRAIL.getByName(tenant).page({}, Number.MAX_SAFE_INTEGER, 50)).map((line) => JSON.parse(line)).reverse()
const events = () => runInDurableObject(log(), (object: Session) => object.events)
const refusals = async () => (await events()).filter(({ type }) => type === 'memory.refused')

/** An event before it is recorded, without `seq`. */
type DraftEvent = { readonly type: Event['type'] } & Record<string, unknown>
const record = (...drafts: DraftEvent[]) =>
  runInDurableObject(log(), (object: Session) => {
    for (const draft of drafts) {
      const seq = (object.events.at(-1)?.seq ?? 0) + 1
      object.events.push({ seq, at: seq, ...draft } as unknown as Event)
    }
  })

let turns = 0
const turn = (text: string, outcome = 'completed', overrides = {}): DraftEvent[] => {
  const turn_id = `t${++turns}`
  return [
    { type: 'turn.accepted', turn_id, event_id: turn_id, position: 0, ...overrides },
    { type: 'item.added', turn_id, item_id: `i${turns}`, role: 'user', text },
    { type: 'turn.started', turn_id },
    { type: 'item.opened', turn_id, item_id: `a${turns}`, role: 'assistant' },
    { type: 'item.closed', turn_id, item_id: `a${turns}`, text: 'The assistant says that it has a phone: 555-123-4567' },
    { type: 'turn.ended', turn_id, outcome },
  ]
}
const created: DraftEvent = { type: 'session.created', subject: 'alice' }

const batchOf = (attempts = 1) =>
  createMessageBatch(queue, [{ id: crypto.randomUUID(), timestamp: new Date(), attempts, body: { tenant, session, seq: 1 } }])
async function deliver() {
  const batch = batchOf()
  await worker.queue(batch, env)
  return getQueueResult(batch, createExecutionContext())
}
/** Delivers to the sink with some of its dependencies replaced. */
async function deliverWith(replacements: Partial<Dependencies>) {
  const dependencies = { ...env, ...replacements } as unknown as Dependencies
  const batch = batchOf()
  await consume(batch, () => log() as never, memorySink(dependencies))
  return getQueueResult(batch, createExecutionContext())
}
const cursor = () => runInDurableObject(log(), (object: Session) => object.cursor)
/** Moves the cursor back, as if the acknowledgement were lost. */
const rewind = () =>
  runInDurableObject(log(), (object: Session) => {
    object.cursor = 0
  })

describe('A message', () => {
  it('is not stored if the persona that answered it keeps no memory', async () => {
    const answeredBy = (turn: DraftEvent[], answered_by: object) =>
      turn.map((event) => (event.type === 'turn.ended' ? { ...event, answered_by } : event))
    await record(
      created,
      ...answeredBy(turn('I like Assam tea'), { model: 'm', persona_id: 'tutor' }),
      ...answeredBy(turn('I have a secret recipe'), { model: 'm', persona_id: 'confessor', memory: 'off' }),
    )
    expect((await deliver()).explicitAcks).toHaveLength(1)
    expect(await storedTexts()).toEqual(['I like Assam tea'])
    expect(JSON.stringify(await trail())).not.toContain('recipe')
    expect(await refusals()).toEqual([])
  })

  it('is stored after its turn completed, and audited first without its text', async () => {
    await record(created, ...turn('I like Assam tea'), ...turn('I said it in vain', 'failed'), ...turn('and stopped this one', 'cancelled'))
    expect((await deliver()).explicitAcks).toHaveLength(1)
    expect(await storedTexts()).toEqual(['I like Assam tea'])
    expect(await trail()).toMatchObject([
      {
        kind: 'decision',
        subject: 'alice',
        action: 'memory.write',
        target: 'session:s',
        outcome: 'allowed',
        detail: { session: 's', seq: 3 },
        input: { resource: { kind: 'conversation_memory' }, context: { withheld: ['text'] } },
      },
    ])
    expect(JSON.stringify(await trail())).not.toContain('Assam')
  })

  it('is stored only for the owner of the session', async () => {
    await record(created, ...turn('I am bob and alice owes me money', 'completed', { metadata: { sent_by: 'bob' } }))
    await deliver()
    expect([await storedTexts(), await trail()]).toEqual([[], []])
  })

  it('is stored once, also when it is delivered again', async () => {
    await record(created, ...turn('I like Assam tea'), ...turn('I live in Rome, Italy'))
    await deliver()
    for (let n = 0; n < 3; n++) {
      await rewind()
      await deliver()
    }
    expect(await storedTexts()).toEqual(['I like Assam tea', 'I live in Rome, Italy'])
    expect(await trail()).toHaveLength(2)
  })

  it('is deleted with its session, and stays deleted', async () => {
    await record(created, ...turn('I like Assam tea'))
    const stale = (await log().unacknowledged('memory', 500)) ?? undefined
    await deliver()
    await record({ type: 'session.deleted' })
    await deliver()
    expect(await storedTexts()).toEqual([])
    if (stale) await memorySink(env as unknown as Dependencies).apply(tenant, session, stale as never)
    expect(await storedTexts()).toEqual([])
  })

  it('from after a backup is deleted when the backup is restored', async () => {
    await record(created, ...turn('I like Assam tea'))
    const [, after] = [await deliver(), (await events()).at(-1)?.seq]
    await record(...turn('this was lost by the backup'))
    await deliver()
    await record({ type: 'session.restored', after, backup: 'b', restored_at: 1 })
    await deliver()
    expect(await storedTexts()).toEqual(['I like Assam tea'])
  })
})

describe('A denied message', () => {
  const phone = 'my number is 555-123-4567'

  it('is not stored, but audited without its text and recorded in the session', async () => {
    await record(created, ...turn(phone), ...turn('I like Assam tea'))
    await deliver()
    expect(await storedTexts()).toEqual(['I like Assam tea'])
    expect(await refusals()).toMatchObject([{ about: `t${turns - 1}`, reasons: ['personal'] }])
    const [denied] = await trail()
    expect(denied).toMatchObject({ action: 'memory.write', outcome: 'denied', reasons: ['personal'], detail: { session: 's', seq: 3 } })
    expect(JSON.stringify(await trail())).not.toContain('555-123')
    expect(await cursor()).toBeGreaterThanOrEqual((await events()).at(-2)?.seq ?? 0)
  })

  it('is recorded once, also when it is delivered again', async () => {
    await record(created, ...turn(phone))
    for (let n = 0; n < 3; n++) await deliver()
    expect(await refusals()).toHaveLength(1)
    expect(await trail()).toHaveLength(1)
  })

  it('is denied by the current role of its owner', async () => {
    await objects.ACCOUNTS.getByName(tenant).appoint('owner', alice, 'viewer')
    await record(created, ...turn('I like Assam tea'))
    await deliver()
    expect(await storedTexts()).toEqual([])
    expect(await refusals()).toMatchObject([{ reasons: ['not_permitted'] }])
  })

  it('is recorded in the session when the memory is full', async () => {
    await record(created, ...turn('I like Assam tea'))
    const full = { hear: async () => 'full' as const, heardUpTo: async () => 0, forgetSession: async () => {} }
    await deliverWith({ MEMORY: { getByName: () => full } })
    expect(await refusals()).toMatchObject([{ reasons: ['memory_full'] }])
  })
})

describe('An unavailable dependency', () => {
  const unavailable = () => Promise.reject(new Error('away'))

  it('delays every write, and loses none', async () => {
    await record(created, ...turn('I like Assam tea'), ...turn('my number is 555-123-4567'))
    const outages: Partial<Dependencies>[] = [
      // First, because the policy stays cached for a second.
      {
        TENANT: {
          getByName: () => ({
            stampsInForce: unavailable,
            policyStamp: unavailable,
            policyText: unavailable,
            constitutionText: unavailable,
          }),
        },
      },
      { MEMORY: { getByName: () => ({ hear: unavailable, heardUpTo: unavailable, forgetSession: unavailable }) } },
      { AUDIT_TRAIL: { getByName: () => ({ record: unavailable }) } },
      { ACCOUNTS: { getByName: () => ({ roleOf: unavailable }) } },
      { OPA_URL: 'http://127.0.0.1:9' },
    ]
    for (const outage of outages) {
      const { explicitAcks, retryMessages } = await deliverWith(outage)
      expect([explicitAcks.length, retryMessages.length], JSON.stringify(Object.keys(outage))).toEqual([0, 1])
      expect([await storedTexts(), await refusals()], JSON.stringify(Object.keys(outage))).toEqual([[], []])
      expect(await cursor(), 'the cursor waits before the end of the first turn').toBe(6)
    }
    expect(await trail()).toEqual([])
    await deliver()
    expect(await storedTexts()).toEqual(['I like Assam tea'])
    expect(await refusals()).toHaveLength(1)
    expect((await trail()).map(({ outcome }) => outcome)).toEqual(['allowed', 'denied'])
  })

  it('that fails in the middle causes no second write', async () => {
    await record(created, ...turn('I like Assam tea'), ...turn('I live in Rome, Italy'))
    const memoryPort = memory()
    let writes = 0
    const failing = {
      heardUpTo: (name: string) => memoryPort.heardUpTo(name),
      forgetSession: unavailable,
      // The write succeeds, and the response is lost.
      hear: async (message: Parameters<Memory['hear']>[0]) => {
        await memoryPort.hear(message)
        return ++writes > 0 ? unavailable() : ('remembered' as const)
      },
    }
    await deliverWith({ MEMORY: { getByName: () => failing } })
    expect(await storedTexts()).toEqual(['I like Assam tea'])
    await deliver()
    expect(await storedTexts()).toEqual(['I like Assam tea', 'I live in Rome, Italy'])
    expect(await trail()).toHaveLength(2)
  })
})
