import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SessionId } from '../../../shared/ids.ts'
import { type CallJob, resultUnits } from '../../../shared/tool/executor.ts'
import { loopLimits } from '../../../shared/turn/loop-detector.ts'
import type { RunnerLine } from '../../../shared/turn/runner.ts'
import { callJobs, executor, jobs, runner } from '../worker.ts'
import { done, Gate, play, sessions, text } from './play.ts'
import { alice, ended, id, last, log, reopen, say, session, tenant, types } from './talk.ts'

const call = (name: string, more: Partial<Extract<RunnerLine, { type: 'call' }>> = {}): RunnerLine => ({
  type: 'call',
  name,
  arguments: '{}',
  effect: 'none',
  timeout_ms: 60_000,
  ...more,
})
const once = { effect: 'once' } as const
const usage = (input: number, output: number): RunnerLine => ({ type: 'usage', usage: { input_tokens: input, output_tokens: output } })
const asked: RunnerLine = { type: 'end', outcome: 'calls' }

const own = <T extends { session: string }>(all: readonly T[]): T[] => all.filter((job) => job.session === id)
const names = () => own(callJobs).map(({ name, token }) => `${name}#${token}`)

/** One list of steps for each call of the model. */
function answering(...steps: readonly (readonly RunnerLine[])[]): void {
  runner.run = (job) => play(...(steps[own(jobs).length - 1] ?? [text('done'), done]))(job)
}

const at = ({ turn_id, call_id, token }: CallJob) => ({ turn_id, call_id, token })

/** Claims a call and hands over a result at once. */
async function obey(job: CallJob): Promise<void> {
  const owner = sessions.getByName(`${job.tenant}/${job.session}`)
  if (await owner.claimCall(at(job))) await owner.endCall(at(job), { outcome: 'completed', text: `${job.name} says hi` })
}

/** The call that was asked for last, once it was. */
async function asking(count = 1): Promise<CallJob> {
  await vi.waitFor(() => expect(own(callJobs)).toHaveLength(count), { interval: 5, timeout: 5_000 })
  return own(callJobs).at(-1) as CallJob
}

/** Lets what is due for calls be due now. The object is made anew by it. */
async function later(): Promise<void> {
  await runInDurableObject(session, (_, { storage }) => {
    storage.sql.exec("UPDATE due SET at = 1 WHERE kind = 'call'")
  })
  await evictDurableObject(session)
  await runDurableObjectAlarm(reopen())
}

let over = new AbortController()

/** Does nothing until the test is over. With timers, for the platform ends what waits for nothing. */
const hang = (): Promise<void> => new Gate().passed(over.signal)

beforeEach(() => {
  executor.execute = obey
  over = new AbortController()
})
afterEach(() => over.abort())

describe('A step that asks for tools', () => {
  it('is recorded as a whole, and the model goes on with the results', async () => {
    answering(
      [text('Let me look.'), call('look', { arguments: '{"at":1}' }), call('read'), usage(10, 5), asked],
      [text('Here.'), usage(20, 1), done],
    )
    const { turn_id } = await say('look twice')
    await ended()
    const events = await log()
    const step = events.findIndex(({ type }) => type === 'item.closed')
    expect(events.slice(step, step + 4).map(({ type }) => type)).toEqual(['item.closed', 'call.requested', 'call.requested', 'step.ended'])
    expect(new Set(events.slice(step, step + 4).map(({ at }) => at)).size).toBe(1)
    const [first, second] = events.filter((event) => event.type === 'call.requested')
    expect(own(jobs)[1]?.messages).toEqual([
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

  it('says nothing if the model said nothing, and the model is not asked again before the last result', async () => {
    const gate = new Gate()
    executor.execute = async (job) => {
      if (job.name === 'slow') await gate.passed(new AbortController().signal)
      await obey(job)
    }
    answering([call('quick'), call('slow'), asked])
    await say('go')
    await vi.waitFor(async () => expect((await types()).filter((type) => type === 'call.ended')).toHaveLength(1))
    expect(own(jobs)).toHaveLength(1)
    gate.open()
    await ended()
    expect(own(jobs)).toHaveLength(2)
    expect((await types()).filter((type) => type === 'item.abandoned' || type === 'item.closed')).toEqual(['item.abandoned', 'item.closed'])
  })

  it('is never made again: after a restart the tools go on from where they were', async () => {
    executor.execute = async () => {}
    answering([text('I ask.'), call('look'), usage(1, 1), asked])
    await say('go')
    await asking()
    executor.execute = obey
    await evictDurableObject(session)
    reopen()
    await ended()
    expect(own(jobs)).toHaveLength(2)
    expect((await types()).filter((type) => type === 'step.ended')).toHaveLength(1)
  })

  it(`may be followed by others, up to ${loopLimits.rounds}; then the turn fails in words`, async () => {
    runner.run = (job) => play(call('look', { arguments: `${own(jobs).length}` }), asked)(job)
    await say('go on and on')
    await ended()
    expect((await types()).filter((type) => type === 'step.ended')).toHaveLength(loopLimits.rounds)
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('asked for tools') })
  })

  it('is not made when it asks for the same again and again', async () => {
    runner.run = play(call('look'), asked)
    await say('go round and round')
    await ended()
    expect((await types()).filter((type) => type === 'call.requested')).toHaveLength(loopLimits.sameCalls)
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('with the same arguments') })
  })

  it('is shown by history and context, and goes along with a fork and an import', async () => {
    answering([text('I ask.'), call('look'), asked])
    const { turn_id } = await say('go')
    await ended()
    const history = await session.history(alice)
    const roles =
      history.ok && history.value.turns[0]?.items.map((item) => (item.role === 'tool' ? `${item.name} ${item.outcome}` : item.role))
    expect(roles).toEqual(['user', 'assistant', 'look completed', 'assistant'])
    const window = await session.contextWindow(alice)
    expect(window.ok && window.value.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
    const branch = await session.branch(alice, turn_id)
    const other = SessionId.parse(`${id}-fork`)
    const fork = sessions.getByName(`${tenant}/${other}`)
    if (!branch.ok) throw new Error('no branch')
    await fork.restore(tenant, other, alice, [
      { seq: 1, at: 1, type: 'session.created', subject: alice },
      ...branch.value.events.map((event, index) => ({ ...event, seq: index + 2 })),
    ])
    const copied = await fork.history(alice)
    expect(copied.ok && copied.value.turns).toEqual(history.ok && history.value.turns)
  })
})

describe('A call', () => {
  it('is given to one executor, under its newest token only', async () => {
    executor.execute = hang
    answering([call('look'), asked])
    await say('go')
    const job = await asking()
    expect(await session.claimCall({ ...at(job), token: 7 })).toBe(false)
    expect(await session.claimCall(at(job))).toBe(true)
    expect(await session.claimCall(at(job))).toBe(false)
    expect(await session.endCall({ ...at(job), token: 7 }, { outcome: 'completed', text: 'forged' })).toBe(false)
    expect(await session.endCall(at(job), { outcome: 'completed', text: 'true' })).toBe(true)
    // Whoever did not hear the answer asks again, and hears the same.
    expect(await session.endCall(at(job), { outcome: 'completed', text: 'true' })).toBe(true)
    await ended()
    expect((await types()).filter((type) => type === 'call.ended')).toHaveLength(1)
  })

  it('has no result before it is claimed', async () => {
    executor.execute = hang
    answering([call('look'), asked])
    await say('go')
    expect(await session.endCall(at(await asking()), { outcome: 'completed', text: 'unasked' })).toBe(false)
  })

  it('that nobody claimed in time is given to another', async () => {
    executor.execute = hang
    answering([call('add', once), asked])
    await say('go')
    const first = await asking()
    // The executor hangs, and the object lives on: only the row tells it.
    await runInDurableObject(session, async (_, { storage }) => {
      const [row] = [...storage.sql.exec<{ at: number }>("SELECT at FROM due WHERE kind = 'call'")]
      vi.spyOn(Date, 'now').mockReturnValue(Number(row?.at) + 1)
    })
    await runDurableObjectAlarm(session)
    vi.restoreAllMocks()
    expect(await session.claimCall(at(first))).toBe(false)
    executor.execute = obey
    over.abort()
    await later()
    await ended()
    expect(names()[0]).toBe('add#0')
    expect((await types()).filter((type) => type === 'call.claimed')).toHaveLength(1)
  })

  it.each(['none', 'idempotent'] as const)('with effect %s is run again when its executor breaks', async (effect) => {
    executor.execute = async (job) => {
      if (job.token > 0) return obey(job)
      await sessions.getByName(`${job.tenant}/${job.session}`).claimCall(at(job))
      throw new Error('broke')
    }
    answering([call('look', { effect }), asked])
    await say('go')
    await ended()
    expect(names()).toEqual(['look#0', 'look#1'])
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed' })
    expect((await types()).filter((type) => type === 'call.abandoned')).toHaveLength(1)
    const [first] = own(callJobs)
    expect(first && (await session.endCall(at(first), { outcome: 'completed', text: 'late' }))).toBe(false)
  })

  it('that must not run twice is unknown when its executor breaks, and the model is told', async () => {
    executor.execute = async (job) => {
      await sessions.getByName(`${job.tenant}/${job.session}`).claimCall(at(job))
    }
    answering([call('add', once), asked])
    await say('go')
    const job = await asking()
    await vi.waitFor(async () => expect(await types()).toContain('call.claimed'))
    await later()
    await ended()
    expect(names()).toEqual(['add#0'])
    expect(await last('call.ended')).toMatchObject({ outcome: 'unknown' })
    expect(own(jobs)[1]?.messages.at(-1)).toMatchObject({
      role: 'tool',
      text: expect.stringContaining('nobody knows whether it took effect'),
    })
    const events = await log()
    expect(await session.endCall(at(job), { outcome: 'completed', text: 'true, but late' })).toBe(false)
    expect(await log()).toEqual(events)
  })

  it('that must not run twice may still return after the session was restarted', async () => {
    executor.execute = async (job) => {
      await sessions.getByName(`${job.tenant}/${job.session}`).claimCall(at(job))
      await hang()
    }
    answering([call('add', once), asked])
    await say('go')
    const job = await asking()
    await vi.waitFor(async () => expect(await types()).toContain('call.claimed'))
    await runInDurableObject(session, (_, state) => state.abort('reset')).catch(() => {})
    expect(await reopen().endCall(at(job), { outcome: 'completed', text: 'added' })).toBe(true)
    await ended()
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed', text: 'added' })
  })

  it('that breaks again and again has failed, and the turn goes on', async () => {
    executor.execute = async () => {
      throw new Error('broke')
    }
    answering([call('look'), asked])
    await say('go')
    for (let attempt = 1; attempt <= 4; attempt++) {
      await asking(attempt)
      await runInDurableObject(session, (_, { storage }) => {
        storage.sql.exec("UPDATE due SET at = 1 WHERE kind = 'call'")
      })
      await vi.waitFor(() => runDurableObjectAlarm(session))
      if (attempt < 4) await later()
    }
    await ended()
    expect(await last('call.ended')).toMatchObject({ outcome: 'failed', text: expect.stringContaining('could not be run') })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'completed' })
  })

  it('has a result of bounded size', async () => {
    executor.execute = async (job) => {
      const owner = sessions.getByName(`${job.tenant}/${job.session}`)
      await owner.claimCall(at(job))
      await owner.endCall(at(job), { outcome: 'completed', text: '😀'.repeat(resultUnits) })
    }
    answering([call('look'), asked])
    await say('go')
    await ended()
    const { text: told = '' } = (await last('call.ended')) ?? {}
    expect(told.length).toBeLessThan(resultUnits + 100)
    expect(told.isWellFormed()).toBe(true)
    expect(told).toMatch(/The rest was cut: \d+ more characters/)
  })
})

describe('Stopping a turn that waits for tools', () => {
  const claimed = async (name: string, more = {}) => {
    let released = false
    executor.execute = async (job) => {
      const owner = sessions.getByName(`${job.tenant}/${job.session}`)
      if (job.name === 'waits') return hang()
      await owner.claimCall(at(job))
      await owner.callReleased(at(job))
      released = true
    }
    answering([text('I ask.'), call(name, more), call('waits'), usage(3, 2), asked])
    const { turn_id } = await say('go')
    await vi.waitFor(async () => expect(await types()).toContain('call.claimed'))
    return { turn_id, released: () => released }
  }

  it('tells whoever runs one; what was begun is unknown, what was not is cancelled, and what was spent is counted', async () => {
    const { turn_id, released } = await claimed('add', once)
    expect(await session.cancel(alice, turn_id)).toMatchObject({ value: { outcome: 'cancelled' } })
    await vi.waitFor(() => expect(released()).toBe(true))
    const ends = (await log()).filter((event) => event.type === 'call.ended')
    expect(ends.map(({ outcome }) => outcome)).toEqual(['unknown', 'cancelled'])
    expect(await last('turn.ended')).toMatchObject({ outcome: 'cancelled', usage: { input_tokens: 3, output_tokens: 2 } })
    const [job] = own(callJobs)
    expect(job && (await session.endCall(at(job), { outcome: 'completed', text: 'late' }))).toBe(false)
    over.abort()
    await later()
    expect(await last('turn.ended')).toMatchObject({ turn_id })
  })

  it.each(['interrupt', 'delete'] as const)('also by %s', async (how) => {
    const { released } = await claimed('add', once)
    if (how === 'delete') await session.remove(alice)
    else await say('something else', { on_conflict: 'interrupt' })
    await vi.waitFor(() => expect(released()).toBe(true))
    const due = await runInDurableObject(session, (_, { storage }) => [...storage.sql.exec("SELECT * FROM due WHERE kind = 'call'")])
    expect(due).toEqual([])
  })
})

describe('Pausing', () => {
  it('takes hold between two steps, and survives a restart', async () => {
    const gate = new Gate()
    executor.execute = async (job) => {
      await gate.passed(new AbortController().signal)
      await obey(job)
    }
    answering([call('look'), asked])
    await say('go')
    await asking()
    await session.pause(alice, true)
    gate.open()
    await vi.waitFor(async () => expect(await types()).toContain('call.ended'))
    await evictDurableObject(session)
    reopen()
    await runDurableObjectAlarm(session)
    expect(await session.summary(alice)).toMatchObject({ value: { state: 'paused' } })
    expect(own(jobs)).toHaveLength(1)
    await session.pause(alice, false)
    await ended()
    expect(own(jobs)).toHaveLength(2)
  })
})

describe('A call that needs an approval', () => {
  const until = Date.now() + 86_400_000
  const parked = async () => {
    executor.execute = async (job) => {
      const owner = sessions.getByName(`${job.tenant}/${job.session}`)
      if (job.approved) return obey(job)
      await owner.claimCall(at(job))
      await owner.parkCall(at(job), 'May I add?', until)
    }
    answering([call('add', once), asked])
    await say('go')
    await vi.waitFor(async () => expect(await types()).toContain('call.parked'))
    return own(callJobs)[0] as CallJob
  }

  it('holds nothing meanwhile, also over a restart, and is run once it is approved', async () => {
    const job = await parked()
    await evictDurableObject(session)
    reopen()
    await runDurableObjectAlarm(session)
    expect(own(callJobs)).toHaveLength(1)
    const decisions = await Promise.all([session.decide(alice, job.call_id, true, alice), session.decide(alice, job.call_id, true, alice)])
    expect(decisions.map(({ ok }) => ok)).toEqual([true, false])
    await ended()
    expect(names()).toEqual(['add#0', 'add#1'])
    expect(await last('call.decided')).toMatchObject({ approved: true, by: alice })
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed' })
    expect(await session.endCall(at(job), { outcome: 'completed', text: 'by whom it was parked' })).toBe(false)
  })

  it('is denied when it is declined, or when nobody decides in time, and the model is told', async () => {
    const declined = await parked()
    expect(await session.decide(alice, 'no-such-call', true, alice)).toMatchObject({ ok: false, error: { kind: 'not_found' } })
    await session.decide(alice, declined.call_id, false, alice)
    await ended()
    expect(own(jobs)[1]?.messages.at(-1)).toMatchObject({ role: 'tool', text: 'The user declined this.' })
  })

  it('is denied when nobody decides in time', async () => {
    await parked()
    await later()
    await ended()
    expect(await last('call.ended')).toMatchObject({ outcome: 'denied', text: expect.stringContaining('in time') })
  })

  it('is over with its turn', async () => {
    const job = await parked()
    await session.cancel(alice, job.turn_id)
    expect(await last('call.ended')).toMatchObject({ outcome: 'cancelled' })
    expect(await session.decide(alice, job.call_id, true, alice)).toMatchObject({ ok: false })
  })
})
