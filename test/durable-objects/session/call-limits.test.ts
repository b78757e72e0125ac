/** The limits of calls: how long one may run, and how many run at a time. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { callJobs, executor } from '../worker.ts'
import { attemptOf, call, claimAndComplete, endsWithCalls, hang, ownJobs, scriptRunner, testEnd } from './calls-fixture.ts'
import { Gate, sessions, text } from './scripted-runner.ts'
import { last, log, sendMessage, session, types, untilEnded } from './session-fixture.ts'

afterEach(() => vi.restoreAllMocks())

describe('A claimed call that runs past its timeout', () => {
  const overrun = async (effect: 'none' | 'idempotent' | 'once') => {
    executor.execute = async (job) => {
      await sessions.getByName(`${job.tenant}/${job.session}`).claimCall(attemptOf(job))
      return hang()
    }
    scriptRunner([text('I ask.'), call('slow', { effect, timeout_ms: 30_000 }), endsWithCalls])
    await sendMessage('go')
    await vi.waitFor(async () => expect(await types()).toContain('call.claimed'))
    const { now } = Date
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 40_000)
    await runDurableObjectAlarm(session)
    // A user is asked what became of the effect, and nobody answers.
    if (effect === 'once') {
      expect(await last('call.parked')).toMatchObject({ ask: 'effect' })
      vi.spyOn(Date, 'now').mockImplementation(() => now() + 2_000_000)
      await runDurableObjectAlarm(session)
    }
    await untilEnded()
    return last('call.ended')
  }

  it.each(['none', 'idempotent'] as const)('ends as failed, says so, and does not run again with the effect `%s`', async (effect) => {
    expect(await overrun(effect)).toMatchObject({ outcome: 'failed', text: 'It timed out after 30 s.' })
    expect(ownJobs(callJobs)).toHaveLength(1)
  })

  it('ends as unknown with the effect `once`', async () => {
    expect(await overrun('once')).toMatchObject({ outcome: 'unknown', text: 'It timed out after 30 s. Whether it took effect is unknown.' })
    expect(ownJobs(callJobs)).toHaveLength(1)
  })
})

describe('A step with many calls', () => {
  it('runs four at a time, and each once', async () => {
    const waiting: Gate[] = []
    let mostAtOnce = 0
    executor.execute = async (job) => {
      const gate = new Gate()
      waiting.push(gate)
      mostAtOnce = Math.max(mostAtOnce, waiting.length)
      await gate.waitUntilOpen(testEnd.signal)
      await claimAndComplete(job)
    }
    scriptRunner([text('I ask.'), ...Array.from({ length: 10 }, (_, index) => call(`t${index}`)), endsWithCalls])
    await sendMessage('go')
    for (let ended = 0; ended < 10; ended++) {
      await vi.waitFor(() => expect(waiting.length).toBe(Math.min(4, 10 - ended)), { interval: 5 })
      waiting.shift()?.open()
    }
    await untilEnded()
    expect(mostAtOnce).toBe(4)
    expect(ownJobs(callJobs).map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, index) => `t${index}`))
    expect((await log()).filter((event) => event.type === 'call.ended').map(({ outcome }) => outcome)).toEqual(Array(10).fill('completed'))
  })
})
