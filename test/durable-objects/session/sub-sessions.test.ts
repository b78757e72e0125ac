/** Calls that sub-agents answer: each in a session object below that of the call. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Session } from '../../../durable-objects/session/session.ts'
import type { Home } from '../../../durable-objects/session-list/session-list.ts'
import { type Caller, delegationLimits, subSessionId } from '../../../shared/agent/delegation.ts'
import type { Event } from '../../../shared/events/event.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import type { RunnerLine, TurnJob } from '../../../shared/turn/runner.ts'
import { callJobs, executor, jobs, runner } from '../worker.ts'
import { attemptOf, call, claimAndComplete, endsWithCalls } from './calls-fixture.ts'
import { done, Gate, play, type Step, sessions, text } from './scripted-runner.ts'
import { alice, id, last, log, reopen, sendMessage, session, tenant, types, untilEnded } from './session-fixture.ts'

const home = (env.HOME as unknown as DurableObjectNamespace<Home>).getByName('acme/alice')
const agentCall = (task = 0): RunnerLine => call('call_agent', { effect: 'idempotent', arguments: `{"task":${task}}` })
const caller: Caller = { persona_id: 'lead', tools: ['call_agent', 'look'] }

/** Steps of the model in the session of the test, and in each session below. */
let above: (readonly Step[])[]
let below: (job: TurnJob) => readonly Step[]

beforeEach(() => {
  above = [[agentCall(), endsWithCalls]]
  below = () => [text('42'), done]
  executor.execute = async (job) => {
    if (job.name !== 'call_agent') return claimAndComplete(job)
    const owner = sessions.getByName(`${job.tenant}/${job.session}`)
    const request = { persona_id: 'clerk', message: 'Count them.', caller }
    if (await owner.claimCall(attemptOf(job))) await owner.delegateCall(attemptOf(job), request)
  }
  runner.run = (job) => {
    const step = jobs.filter(({ session }) => session === job.session).length - 1
    return play(...(job.session === id ? (above[step] ?? [text('done'), done]) : below(job)))(job)
  }
})

const delegated = async () => (await last('call.delegated')) as Extract<Event, { type: 'call.delegated' }>
const untilDelegated = () => vi.waitFor(async () => expect(await types()).toContain('call.delegated'), { interval: 5 })
const subSession = async () => {
  await untilDelegated()
  return sessions.getByName(`${tenant}/${(await delegated()).session_id}`)
}
const logOf = async (stub: Awaited<ReturnType<typeof subSession>>): Promise<Event[]> => {
  const page = await stub.events(alice, '', 500)
  return page.ok ? JSON.parse(page.value.events) : []
}
const jobsBelow = () => jobs.filter(({ delegation }) => delegation?.session_id === id)

describe('A call that a sub-agent answers', () => {
  it('waits without an executor, and ends with the answer', async () => {
    const gate = new Gate()
    below = () => [text('I count.'), gate, text(' 42'), done]
    const { turn_id } = await sendMessage('How many?', { metadata: { time_zone: 'Europe/Berlin' }, role_at_most: 'viewer' })
    await untilDelegated()
    const { call_id, session_id } = await delegated()
    expect(session_id).toBe(subSessionId(tenant, id, turn_id, call_id))
    await vi.waitFor(() => expect(jobsBelow()).toHaveLength(1))
    expect(jobsBelow()[0]).toMatchObject({
      ...{ session: session_id, subject: alice, role_at_most: 'viewer', persona_id: 'clerk' },
      metadata: { time_zone: 'Europe/Berlin', memory: 'off' },
      delegation: { session_id: id, turn_id, call_id, callers: [caller] },
    })
    gate.open()
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ call_id, outcome: 'completed', text: 'I count. 42' })
    expect(
      jobs
        .filter((job) => job.session === id)
        .at(-1)
        ?.messages.at(-1),
    ).toMatchObject({ role: 'tool', text: 'I count. 42' })
  })

  it('starts one turn below and has one result, although its session restarts', async () => {
    const gate = new Gate()
    below = () => [gate, text('42'), done]
    await sendMessage('How many?')
    await vi.waitFor(() => expect(jobsBelow()).toHaveLength(1))
    await evictDurableObject(session)
    await runInDurableObject(reopen(), () => {})
    await evictDurableObject(session)
    reopen()
    gate.open()
    await untilEnded()
    expect(jobsBelow()).toHaveLength(1)
    expect((await types()).filter((type) => type === 'call.ended')).toHaveLength(1)
    expect((await logOf(await subSession())).filter(({ type }) => type === 'turn.accepted')).toHaveLength(1)
  })

  it('reads the end below after a restart, if the ring is lost', async () => {
    const gate = new Gate()
    below = () => [gate, text('42'), done]
    await sendMessage('How many?')
    const stub = await subSession()
    await vi.waitFor(() => expect(jobsBelow()).toHaveLength(1))
    const lost = vi.spyOn(Session.prototype, 'subSessionChanged').mockImplementation(() => {
      throw new Error('lost')
    })
    vi.spyOn(console, 'error').mockImplementation(() => {})
    gate.open()
    await vi.waitFor(async () => expect((await logOf(stub)).at(-1)).toMatchObject({ type: 'turn.ended' }))
    expect(lost).toHaveBeenCalled()
    expect(await types()).not.toContain('call.ended')
    lost.mockRestore()
    await evictDurableObject(session)
    await runInDurableObject(reopen(), () => {})
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed', text: '42' })
  })

  it('stops below when it is stopped, also after a restart', async () => {
    below = () => [text('I count.'), new Gate()]
    const { turn_id } = await sendMessage('How many?')
    const stub = await subSession()
    await vi.waitFor(() => expect(jobsBelow()).toHaveLength(1))
    await session.cancel(alice, turn_id)
    expect(await last('call.ended')).toMatchObject({ outcome: 'unknown', text: expect.stringContaining('a sub-agent worked') })
    await evictDurableObject(session)
    await runDurableObjectAlarm(reopen())
    await vi.waitFor(async () => expect((await logOf(stub)).at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'cancelled' }))
  })

  it('says why there is no answer', async () => {
    below = () => [{ type: 'end', outcome: 'failed', reason: 'The budget is used up.' }]
    await sendMessage('How many?')
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'failed', text: 'The sub-agent failed. The budget is used up.' })
  })

  it('shows what the sub-agent asks a user, until it is decided there', async () => {
    below = (job) =>
      jobs.filter(({ session }) => session === job.session).length === 1 ? [call('pay'), endsWithCalls] : [text('Paid.'), done]
    const execute = executor.execute
    executor.execute = async (job) => {
      if (job.name !== 'pay' || job.approved) return execute(job)
      await sessions.getByName(`${job.tenant}/${job.session}`).parkCall(attemptOf(job), 'May I pay?', Date.now() + 60_000)
    }
    await sendMessage('Pay.')
    const stub = await subSession()
    await vi.waitFor(async () => expect(await last('call.relayed')).toBeDefined())
    const relayed = await last('call.relayed')
    expect(relayed?.asks).toMatchObject({ session_id: (await delegated()).session_id, name: 'pay', reason: 'May I pay?' })
    await stub.decide(alice, relayed?.asks?.call_id ?? '', true, alice)
    await untilEnded()
    expect((await log()).filter((event) => event.type === 'call.relayed').map(({ asks }) => asks?.name)).toEqual(['pay', undefined])
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed', text: 'Paid.' })
  })

  it('is refused beyond the number of calls of a turn, and beyond the depth', async () => {
    const [most] = delegationLimits.calls
    above = [[...Array.from({ length: most + 1 }, (_, task) => agentCall(task)), endsWithCalls]]
    await sendMessage('How many?')
    await untilEnded()
    const ends = (await log()).filter((event) => event.type === 'call.ended').map(({ outcome }) => outcome)
    expect(ends.filter((outcome) => outcome === 'completed')).toHaveLength(most)
    expect(await log()).toContainEqual(
      expect.objectContaining({ type: 'call.ended', outcome: 'failed', text: expect.stringContaining('8 sub-agents') }),
    )
  })

  it('may do no more than each turn above, at most three deep', async () => {
    const callsOf = (job: TurnJob) => jobs.filter(({ session }) => session === job.session).length
    below = (job) => (callsOf(job) === 1 ? [agentCall(), endsWithCalls] : [text('below'), done])
    await sendMessage('How many?')
    await untilEnded()
    const depths = jobs.flatMap(({ delegation, subject }) => (subject === alice && delegation ? [delegation.callers.length] : []))
    expect(Math.max(...depths)).toBe(3)
    const deepest = callJobs.filter(({ callers }) => callers?.length === 3) as CallJob[]
    expect(deepest.at(-1)?.callers).toEqual([caller, caller, caller])
  })
})

describe('A sub-session', () => {
  const startOne = async () => {
    await sendMessage('How many?')
    await untilEnded()
    const { session_id } = await delegated()
    return { session_id, stub: sessions.getByName(`${tenant}/${session_id}`) }
  }

  it('is in no page of the list, and in each backup', async () => {
    const { session_id, stub } = await startOne()
    expect(await stub.summary(alice)).toMatchObject({ value: { parent_session: id } })
    await vi.waitFor(async () => expect(await home.everySession('', 1_000)).toContain(session_id))
    expect(JSON.stringify(await home.list(200, null))).not.toContain(session_id)
    expect(await home.mark(session_id, { archived: true })).toBe(false)
    await stub.trash(alice)
    expect(JSON.stringify(await home.listTrash(200, null))).not.toContain(session_id)
  })

  it('is deleted, restored and erased with the session above', async () => {
    const { stub } = await startOne()
    const found = async () => (await stub.summary(alice)).ok
    await session.trash(alice)
    await runDurableObjectAlarm(session)
    expect(await found()).toBe(false)
    await session.untrash(alice)
    await runDurableObjectAlarm(session)
    expect(await found()).toBe(true)
    await session.remove(alice)
    expect(await stub.untrash(alice)).toMatchObject({ ok: false, error: { kind: 'session_deleted' } })
  })
})
