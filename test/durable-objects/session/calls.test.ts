import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { SessionId } from '../../../shared/ids.ts'
import { resultUnits } from '../../../shared/tool/executor.ts'
import { loopLimits } from '../../../shared/turn/loop-detector.ts'
import { callJobs, executor, jobs, runner } from '../worker.ts'
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
import { done, Gate, play, sessions, text } from './scripted-runner.ts'
import { alice, id, last, log, reopen, sendMessage, session, tenant, types, untilEnded } from './session-fixture.ts'

describe('A step that requests tools', () => {
  it('is recorded in one transaction, and the model continues with the results', async () => {
    scriptRunner(
      [text('Let me look.'), call('look', { arguments: '{"at":1}' }), call('read'), usage(10, 5), endsWithCalls],
      [text('Here.'), usage(20, 1), done],
    )
    const { turn_id } = await sendMessage('look twice')
    await untilEnded()
    const events = await log()
    const step = events.findIndex(({ type }) => type === 'item.closed')
    expect(events.slice(step, step + 4).map(({ type }) => type)).toEqual(['item.closed', 'call.requested', 'call.requested', 'step.ended'])
    expect(new Set(events.slice(step, step + 4).map(({ at }) => at)).size).toBe(1)
    const [first, second] = events.filter((event) => event.type === 'call.requested')
    expect(ownJobs(jobs)[1]?.messages).toEqual([
      { role: 'user', text: 'look twice' },
      {
        role: 'assistant',
        text: 'Let me look.',
        calls: [
          { call_id: first?.call_id, name: 'look', arguments: '{"at":1}' },
          { call_id: second?.call_id, name: 'read', arguments: '{}' },
        ],
      },
      { role: 'tool', call_id: first?.call_id, text: 'look says hi' },
      { role: 'tool', call_id: second?.call_id, text: 'read says hi' },
    ])
    expect(await last('turn.ended')).toMatchObject({ turn_id, outcome: 'completed', usage: { input_tokens: 30, output_tokens: 6 } })
  })

  it("records the provider's own fields of a call, and gives them to the next model call", async () => {
    const provider_fields = '{"provider":"p","call":{"extra_content":1}}'
    scriptRunner([call('look', { provider_fields }), endsWithCalls], [text('Here.'), done])
    await sendMessage('look')
    await untilEnded()
    expect((await log()).find(({ type }) => type === 'call.requested')).toMatchObject({ name: 'look', provider_fields })
    expect(ownJobs(jobs)[1]?.messages[1]).toMatchObject({ role: 'assistant', calls: [{ name: 'look', provider_fields }] })
  })

  it('has no item without text, and the next model call waits for the last result', async () => {
    const gate = new Gate()
    executor.execute = async (job) => {
      if (job.name === 'slow') await gate.waitUntilOpen(new AbortController().signal)
      await claimAndComplete(job)
    }
    scriptRunner([call('quick'), call('slow'), endsWithCalls])
    await sendMessage('go')
    await vi.waitFor(async () => expect((await types()).filter((type) => type === 'call.ended')).toHaveLength(1))
    expect(ownJobs(jobs)).toHaveLength(1)
    gate.open()
    await untilEnded()
    expect(ownJobs(jobs)).toHaveLength(2)
    expect((await types()).filter((type) => type === 'item.abandoned' || type === 'item.closed')).toEqual(['item.abandoned', 'item.closed'])
  })

  it('is never repeated: after a restart the calls continue where they were', async () => {
    executor.execute = async () => {}
    scriptRunner([text('I ask.'), call('look'), usage(1, 1), endsWithCalls])
    await sendMessage('go')
    await newestCallJob()
    executor.execute = claimAndComplete
    await evictDurableObject(session)
    reopen()
    await untilEnded()
    expect(ownJobs(jobs)).toHaveLength(2)
    expect((await types()).filter((type) => type === 'step.ended')).toHaveLength(1)
  })

  it(`may be followed by others, up to ${loopLimits.rounds}; then the turn fails with a reason`, async () => {
    runner.run = (job) => play(call('look', { arguments: `${ownJobs(jobs).length}` }), endsWithCalls)(job)
    await sendMessage('go on and on')
    await untilEnded()
    expect((await types()).filter((type) => type === 'step.ended')).toHaveLength(loopLimits.rounds)
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('asked for tools') })
  })

  it('fails the turn when it requests the same calls again and again', async () => {
    runner.run = play(call('look'), endsWithCalls)
    await sendMessage('go round and round')
    await untilEnded()
    expect((await types()).filter((type) => type === 'call.requested')).toHaveLength(loopLimits.sameCalls)
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('with the same arguments') })
  })

  it('is part of history, context, forks and imports', async () => {
    scriptRunner([text('I ask.'), call('look'), endsWithCalls])
    const { turn_id } = await sendMessage('go')
    await untilEnded()
    const history = await session.history(alice)
    const roles =
      history.ok && history.value.turns[0]?.items.map((item) => (item.role === 'tool' ? `${item.name} ${item.outcome}` : item.role))
    expect(roles).toEqual(['user', 'assistant', 'look completed', 'assistant'])
    const window = await session.contextWindow(alice)
    expect(window.ok && window.value.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
    const branch = await session.branch(alice, turn_id)
    const forkId = SessionId.parse(`${id}-fork`)
    const fork = sessions.getByName(`${tenant}/${forkId}`)
    if (!branch.ok) throw new Error('no branch')
    await fork.restore(tenant, forkId, alice, [
      { seq: 1, at: 1, type: 'session.created', subject: alice },
      ...branch.value.events.map((event, index) => ({ ...event, seq: index + 2 })),
    ])
    const copied = await fork.history(alice)
    expect(copied.ok && copied.value.turns).toEqual(history.ok && history.value.turns)
  })
})

/** A non-idempotent call whose executor failed. A user is asked what became of it. */
async function startCutOffCall() {
  executor.execute = async (job) => {
    await sessions.getByName(`${job.tenant}/${job.session}`).claimCall(attemptOf(job))
  }
  scriptRunner([call('add', once), endsWithCalls])
  await sendMessage('go')
  const job = await newestCallJob()
  await vi.waitFor(async () => expect(await types()).toContain('call.claimed'))
  await fireCallTimers()
  await vi.waitFor(async () => expect(await last('call.parked')).toMatchObject({ ask: 'effect' }))
  return job
}

describe('A call', () => {
  it('is claimed by one executor, with its newest token only', async () => {
    executor.execute = hang
    scriptRunner([call('look'), endsWithCalls])
    await sendMessage('go')
    const job = await newestCallJob()
    expect(await session.claimCall({ ...attemptOf(job), token: 7 })).toBe(false)
    expect(await session.claimCall(attemptOf(job))).toBe(true)
    expect(await session.claimCall(attemptOf(job))).toBe(false)
    expect(await session.endCall({ ...attemptOf(job), token: 7 }, { outcome: 'completed', text: 'forged' })).toBe(false)
    expect(await session.endCall(attemptOf(job), { outcome: 'completed', text: 'true' })).toBe(true)
    // An executor that lost the answer repeats its request and gets the same answer.
    expect(await session.endCall(attemptOf(job), { outcome: 'completed', text: 'true' })).toBe(true)
    await untilEnded()
    expect((await types()).filter((type) => type === 'call.ended')).toHaveLength(1)
  })

  it('accepts no result before it is claimed', async () => {
    executor.execute = hang
    scriptRunner([call('look'), endsWithCalls])
    await sendMessage('go')
    expect(await session.endCall(attemptOf(await newestCallJob()), { outcome: 'completed', text: 'unasked' })).toBe(false)
  })

  it('that is not claimed in time is given to another executor', async () => {
    executor.execute = hang
    scriptRunner([call('add', once), endsWithCalls])
    await sendMessage('go')
    const first = await newestCallJob()
    // The executor hangs while the object runs. Only the timer shows it.
    await runInDurableObject(session, async (_, { storage }) => {
      const [row] = [...storage.sql.exec<{ at: number }>("SELECT at FROM due WHERE kind = 'call'")]
      vi.spyOn(Date, 'now').mockReturnValue(Number(row?.at) + 1)
    })
    await runDurableObjectAlarm(session)
    vi.restoreAllMocks()
    expect(await session.claimCall(attemptOf(first))).toBe(false)
    executor.execute = claimAndComplete
    testEnd.abort()
    await fireCallTimers()
    await untilEnded()
    expect(callNames()[0]).toBe('add#0')
    expect((await types()).filter((type) => type === 'call.claimed')).toHaveLength(1)
  })

  it.each(['none', 'idempotent'] as const)('with effect %s is repeated when its executor fails', async (effect) => {
    executor.execute = async (job) => {
      if (job.token > 0) return claimAndComplete(job)
      await sessions.getByName(`${job.tenant}/${job.session}`).claimCall(attemptOf(job))
      throw new Error('broke')
    }
    scriptRunner([call('look', { effect }), endsWithCalls])
    await sendMessage('go')
    await untilEnded()
    expect(callNames()).toEqual(['look#0', 'look#1'])
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed' })
    expect((await types()).filter((type) => type === 'call.abandoned')).toHaveLength(1)
    const [first] = ownJobs(callJobs)
    expect(first && (await session.endCall(attemptOf(first), { outcome: 'completed', text: 'late' }))).toBe(false)
  })

  it('that is non-idempotent asks a user when its executor fails, and ends as `unknown` if nobody answers', async () => {
    const job = await startCutOffCall()
    await fireCallTimers()
    await untilEnded()
    expect(callNames()).toEqual(['add#0'])
    expect(await last('call.ended')).toMatchObject({ outcome: 'unknown' })
    expect(ownJobs(jobs)[1]?.messages.at(-1)).toMatchObject({
      role: 'tool',
      text: expect.stringContaining('Whether it took effect is unknown'),
    })
    const events = await log()
    expect(await session.endCall(attemptOf(job), { outcome: 'completed', text: 'true, but late' })).toBe(false)
    expect(await log()).toEqual(events)
  })

  it.each([
    ['happened', 'completed', 'confirmed that it took effect'],
    ['given_up', 'unknown', 'does not know'],
  ] as const)('that was cut off ends when a user says %s', async (outcome, ended, words) => {
    const { call_id } = await startCutOffCall()
    await evictDurableObject(session)
    reopen()
    expect(await session.resolveCall(alice, call_id, outcome, alice)).toMatchObject({ ok: true })
    await untilEnded()
    expect(await last('call.resolved')).toMatchObject({ outcome, by: alice })
    expect(await last('call.ended')).toMatchObject({ outcome: ended, text: expect.stringContaining(words) })
    expect(await session.resolveCall(alice, call_id, 'again', alice)).toMatchObject({ ok: false, error: { kind: 'not_found' } })
  })

  it('that was cut off runs again only when a user says so, and then once', async () => {
    const { call_id } = await startCutOffCall()
    executor.execute = claimAndComplete
    expect(await session.decide(alice, call_id, true, alice)).toMatchObject({ ok: false, error: { kind: 'malformed' } })
    await session.resolveCall(alice, call_id, 'again', alice)
    await untilEnded()
    expect(callNames()).toEqual(['add#0', 'add#1'])
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed', text: 'add says hi' })
  })

  it('that was cut off takes a result that arrives while a user is asked', async () => {
    const job = await startCutOffCall()
    expect(await session.endCall(attemptOf(job), { outcome: 'completed', text: 'true, though late' })).toBe(true)
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed', text: 'true, though late' })
  })

  it('that was cut off is checked by its tool, if the tool can', async () => {
    executor.execute = async (job) => {
      if (job.cut_off) return hang()
      await sessions.getByName(`${job.tenant}/${job.session}`).claimCall(attemptOf(job))
    }
    scriptRunner([call('add', { ...once, checks: true }), endsWithCalls])
    await sendMessage('go')
    await vi.waitFor(async () => expect(await types()).toContain('call.claimed'))
    await fireCallTimers()
    await fireCallTimers()
    const job = await newestCallJob(2)
    expect(job).toMatchObject({ cut_off: true })
    expect(await session.claimCall(attemptOf(job)), 'an executor that does not check').toBe(false)
    expect(await session.claimCall(attemptOf(job), { checks: true })).toBe(true)
    await session.endCall(attemptOf(job), { outcome: 'completed', text: 'It happened.' })
    await untilEnded()
  })

  it('that is non-idempotent may still return after a restart of the session', async () => {
    executor.execute = async (job) => {
      await sessions.getByName(`${job.tenant}/${job.session}`).claimCall(attemptOf(job))
      await hang()
    }
    scriptRunner([call('add', once), endsWithCalls])
    await sendMessage('go')
    const job = await newestCallJob()
    await vi.waitFor(async () => expect(await types()).toContain('call.claimed'))
    await runInDurableObject(session, (_, state) => state.abort('reset')).catch(() => {})
    expect(await reopen().endCall(attemptOf(job), { outcome: 'completed', text: 'added' })).toBe(true)
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed', text: 'added' })
  })

  it('that fails repeatedly ends as `failed`, and the turn continues', async () => {
    executor.execute = async () => {
      throw new Error('broke')
    }
    scriptRunner([call('look'), endsWithCalls])
    await sendMessage('go')
    for (let attempt = 1; attempt <= 4; attempt++) {
      await newestCallJob(attempt)
      await runInDurableObject(session, (_, { storage }) => {
        storage.sql.exec("UPDATE due SET at = 1 WHERE kind = 'call'")
      })
      await vi.waitFor(() => runDurableObjectAlarm(session))
      if (attempt < 4) await fireCallTimers()
    }
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'failed', text: expect.stringContaining('could not be run') })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'completed' })
  })

  it('has a result of bounded size', async () => {
    executor.execute = async (job) => {
      const owner = sessions.getByName(`${job.tenant}/${job.session}`)
      await owner.claimCall(attemptOf(job))
      await owner.endCall(attemptOf(job), { outcome: 'completed', text: '😀'.repeat(resultUnits) })
    }
    scriptRunner([call('look'), endsWithCalls])
    await sendMessage('go')
    await untilEnded()
    const { text: result = '' } = (await last('call.ended')) ?? {}
    expect(result.length).toBeLessThan(resultUnits + 100)
    expect(result.isWellFormed()).toBe(true)
    expect(result).toMatch(/The rest was cut: \d+ more characters/)
  })
})
