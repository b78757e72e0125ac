/** Calls that wait: for their executor while the turn is stopped or paused, and for an approval. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { callJobs, executor, jobs } from '../worker.ts'
import {
  attemptOf,
  call,
  callNames,
  claimAndComplete,
  endsWithCalls,
  fireCallTimers,
  hang,
  newestCallJob,
  once,
  ownJobs,
  scriptRunner,
  testEnd,
  usage,
} from './calls-fixture.ts'
import { Gate, sessions, text } from './scripted-runner.ts'
import { alice, last, log, reopen, sendMessage, session, types, untilEnded } from './session-fixture.ts'

describe('Stopping a turn that waits for tools', () => {
  const startClaimedCall = async (name: string, overrides = {}) => {
    let isReleased = false
    executor.execute = async (job) => {
      const owner = sessions.getByName(`${job.tenant}/${job.session}`)
      if (job.name === 'waits') return hang()
      await owner.claimCall(attemptOf(job))
      await owner.callReleased(attemptOf(job))
      isReleased = true
    }
    scriptRunner([text('I ask.'), call(name, overrides), call('waits'), usage(3, 2), endsWithCalls])
    const { turn_id } = await sendMessage('go')
    await vi.waitFor(async () => expect(await types()).toContain('call.claimed'))
    return { turn_id, released: () => isReleased }
  }

  it('releases its executors; started calls are `unknown`, others `cancelled`, and usage is counted', async () => {
    const { turn_id, released } = await startClaimedCall('add', once)
    expect(await session.cancel(alice, turn_id)).toMatchObject({ value: { outcome: 'cancelled' } })
    await vi.waitFor(() => expect(released()).toBe(true))
    const ends = (await log()).filter((event) => event.type === 'call.ended')
    expect(ends.map(({ outcome }) => outcome)).toEqual(['unknown', 'cancelled'])
    expect(await last('turn.ended')).toMatchObject({ outcome: 'cancelled', usage: { input_tokens: 3, output_tokens: 2 } })
    const [job] = ownJobs(callJobs)
    expect(job && (await session.endCall(attemptOf(job), { outcome: 'completed', text: 'late' }))).toBe(false)
    testEnd.abort()
    await fireCallTimers()
    expect(await last('turn.ended')).toMatchObject({ turn_id })
  })

  it.each(['interrupt', 'delete'] as const)('releases its executors also on %s', async (command) => {
    const { released } = await startClaimedCall('add', once)
    if (command === 'delete') await session.remove(alice)
    else await sendMessage('something else', { on_conflict: 'interrupt' })
    await vi.waitFor(() => expect(released()).toBe(true))
    const due = await runInDurableObject(session, (_, { storage }) => [...storage.sql.exec("SELECT * FROM due WHERE kind = 'call'")])
    expect(due).toEqual([])
  })
})

describe('Pausing', () => {
  it('takes effect between two steps, and survives a restart', async () => {
    const gate = new Gate()
    executor.execute = async (job) => {
      await gate.waitUntilOpen(new AbortController().signal)
      await claimAndComplete(job)
    }
    scriptRunner([call('look'), endsWithCalls])
    await sendMessage('go')
    await newestCallJob()
    await session.pause(alice, true)
    gate.open()
    await vi.waitFor(async () => expect(await types()).toContain('call.ended'))
    await evictDurableObject(session)
    reopen()
    await runDurableObjectAlarm(session)
    expect(await session.summary(alice)).toMatchObject({ value: { state: 'paused' } })
    expect(ownJobs(jobs)).toHaveLength(1)
    await session.pause(alice, false)
    await untilEnded()
    expect(ownJobs(jobs)).toHaveLength(2)
  })
})

describe('A call that needs an approval', () => {
  const until = Date.now() + 86_400_000
  const startParkedCall = async () => {
    executor.execute = async (job) => {
      const owner = sessions.getByName(`${job.tenant}/${job.session}`)
      if (job.approved) return claimAndComplete(job)
      await owner.claimCall(attemptOf(job))
      await owner.parkCall(attemptOf(job), 'May I add?', until)
    }
    scriptRunner([call('add', once), endsWithCalls])
    await sendMessage('go')
    await vi.waitFor(async () => expect(await types()).toContain('call.parked'))
    return ownJobs(callJobs)[0] as CallJob
  }

  it('holds no executor while it waits, survives a restart, and runs once approved', async () => {
    const job = await startParkedCall()
    await evictDurableObject(session)
    reopen()
    await runDurableObjectAlarm(session)
    expect(ownJobs(callJobs)).toHaveLength(1)
    const decisions = await Promise.all([session.decide(alice, job.call_id, true, alice), session.decide(alice, job.call_id, true, alice)])
    expect(decisions.map(({ ok }) => ok)).toEqual([true, false])
    await untilEnded()
    expect(callNames()).toEqual(['add#0', 'add#1'])
    expect(await last('call.decided')).toMatchObject({ approved: true, by: alice })
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed' })
    expect(await session.endCall(attemptOf(job), { outcome: 'completed', text: 'from the attempt that was parked' })).toBe(false)
  })

  it('L11: is decided only by the requester of the turn, or by the owner', async () => {
    const job = await startParkedCall()
    const mallory = 'mallory' as typeof alice
    for (const approved of [true, false])
      expect(await session.decide(alice, job.call_id, approved, mallory)).toMatchObject({ ok: false, error: { kind: 'denied' } })
    expect(await types()).not.toContain('call.decided')
    expect(await session.decide(alice, job.call_id, true, alice)).toMatchObject({ ok: true })
    await untilEnded()
  })

  it('is denied when it is declined, and the model receives the reason', async () => {
    const declined = await startParkedCall()
    expect(await session.decide(alice, 'no-such-call', true, alice)).toMatchObject({ ok: false, error: { kind: 'not_found' } })
    await session.decide(alice, declined.call_id, false, alice)
    await untilEnded()
    expect(ownJobs(jobs)[1]?.messages.at(-1)).toMatchObject({ role: 'tool', text: 'The user declined this.' })
  })

  it('is denied when no user decides in time', async () => {
    await startParkedCall()
    await fireCallTimers()
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'denied', text: expect.stringContaining('in time') })
  })

  it('ends with its turn', async () => {
    const job = await startParkedCall()
    await session.cancel(alice, job.turn_id)
    expect(await last('call.ended')).toMatchObject({ outcome: 'cancelled' })
    expect(await session.decide(alice, job.call_id, true, alice)).toMatchObject({ ok: false })
  })
})
