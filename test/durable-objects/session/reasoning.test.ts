import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { limits } from '../../../shared/api/limits.ts'
import type { Event } from '../../../shared/events/event.ts'
import type { RunnerLine } from '../../../shared/turn/runner.ts'
import { executor, jobs, runner } from '../worker.ts'
import { call as callOf, claimAndComplete, endsWithCalls } from './calls-fixture.ts'
import { done, Gate, play, text } from './scripted-runner.ts'
import { alice, id, last, log, reopen, scriptRunner, sendMessage, session, types, untilEnded } from './session-fixture.ts'

const reasoning = (reasoning: string): RunnerLine => ({ type: 'alive', reasoning })
const reasoningOf = (events: readonly Event[]) =>
  events.flatMap((event) => (event.type === 'item.closed' && event.kind === 'reasoning' ? [event] : []))
const untilType = (type: string, count = 1) =>
  vi.waitFor(async () => expect((await types()).filter((recorded) => recorded === type)).toHaveLength(count))

describe('Reasoning', () => {
  it('is an item of its own before the answer', async () => {
    scriptRunner(reasoning('Two '), reasoning('and two.'), text('\n'), text('Four.'), reasoning('too late'), done)
    await sendMessage('2+2')
    await untilEnded()
    expect((await types()).slice(3)).toEqual([
      'turn.started',
      'item.opened',
      'item.abandoned',
      'item.opened',
      'item.closed',
      'item.opened',
      'item.closed',
      'turn.ended',
    ])
    const events = await log()
    expect(events[5]).toMatchObject({ replaced: true })
    expect(events[6]).toMatchObject({ kind: 'reasoning' })
    expect(events[7]).toMatchObject({ kind: 'reasoning', text: '', reasoning: 'Two and two.' })
    expect(events[8]).not.toHaveProperty('kind')
    expect(events[9]).toMatchObject({ text: 'Four.' })
  })

  it('is no part of the turn, of the history, or of the context of the next turn', async () => {
    scriptRunner(reasoning('Two and two.'), text('Four.'), done)
    const { turn_id } = await sendMessage('2+2')
    await untilEnded()
    expect(await session.turn(alice, turn_id)).toMatchObject({ value: { text: 'Four.' } })
    await sendMessage('3+3')
    await untilEnded(2)
    const history = await session.history(alice)
    expect(history.ok && history.value.turns[0]?.items).toMatchObject([{ text: '2+2' }, { text: 'Four.' }])
    const job = jobs.filter((one) => one.session === id).at(-1)
    expect(job?.messages).toEqual([
      { role: 'user', text: '2+2' },
      { role: 'assistant', text: 'Four.' },
      { role: 'user', text: '3+3' },
    ])
  })

  it('ends with the step if the model calls a tool', async () => {
    const scripts = [play(reasoning('I need a tool.'), callOf('echo'), endsWithCalls), play(reasoning('Now I know.'), text('Four.'), done)]
    runner.run = async (job) => scripts.shift()?.(job)
    await sendMessage('2+2')
    await untilType('step.ended')
    const recorded = await types()
    const end = recorded.indexOf('step.ended')
    expect(recorded.slice(end - 2, end)).toEqual(['item.closed', 'call.requested'])
    expect(reasoningOf(await log())[0]).toMatchObject({ reasoning: 'I need a tool.' })
  })

  it('is kept, marked, when the turn is cancelled in it', async () => {
    scriptRunner(reasoning('Two and'), new Gate(), done)
    const { turn_id } = await sendMessage('2+2')
    await untilType('item.opened', 2)
    expect(await session.turn(alice, turn_id)).toMatchObject({ value: { status: 'running', text: '' } })
    await session.cancel(alice, turn_id)
    expect(reasoningOf(await log())).toMatchObject([{ reasoning: 'Two and', incomplete: true }])
    expect(await last('turn.ended')).toMatchObject({ outcome: 'cancelled', usage: { output_tokens: expect.any(Number) } })
    expect(await session.turn(alice, turn_id)).toMatchObject({ value: { text: '', incomplete: false } })
  })

  it('of a failed call does not count', async () => {
    scriptRunner(reasoning('First.'), { type: 'alive', reasoning_void: true }, reasoning('Second.'), text('Four.'), done)
    await sendMessage('2+2')
    await untilEnded()
    expect(reasoningOf(await log()).map((event) => event.reasoning)).toEqual(['Second.'])
    expect((await types()).filter((type) => type === 'item.abandoned')).toHaveLength(3)
  })

  it('is abandoned when its attempt breaks off, and the answer starts again', async () => {
    const scripts = [play(reasoning('Lost.'), 'break off'), play(reasoning('Found.'), text('Four.'), done)]
    runner.run = async (job) => scripts.shift()?.(job)
    await sendMessage('2+2')
    await untilType('item.abandoned', 2)
    await runInDurableObject(session, (_, { storage }) => void storage.sql.exec("UPDATE due SET at = 1 WHERE kind = 'turn'"))
    await evictDurableObject(session)
    await runDurableObjectAlarm(reopen())
    await untilEnded()
    expect(reasoningOf(await log()).map((event) => event.reasoning)).toEqual(['Found.'])
    expect(await last('item.closed')).toMatchObject({ text: 'Four.' })
  })

  it('is cut at a limit for each turn', async () => {
    const long = 'x'.repeat(8_000)
    executor.execute = claimAndComplete
    const scripts = [
      play(...Array.from({ length: 10 }, () => reasoning(long)), callOf('echo'), endsWithCalls),
      play(...Array.from({ length: 10 }, () => reasoning(long)), text('Four.'), done),
    ]
    runner.run = async (job) => scripts.shift()?.(job)
    await sendMessage('2+2')
    await untilType('step.ended')
    await untilEnded()
    const [first, second] = reasoningOf(await log())
    expect(first).toMatchObject({ reasoning: 'x'.repeat(80_000) })
    expect(first).not.toHaveProperty('truncated')
    expect(second).toMatchObject({ truncated: true })
    const units = (first?.reasoning?.length ?? 0) + (second?.reasoning?.length ?? 0)
    expect(units).toBeLessThanOrEqual(limits.reasoningUnits)
    expect(units).toBeGreaterThan(limits.reasoningUnits - 1_000)
    expect(await last('item.closed')).toMatchObject({ text: 'Four.' })
  })
})
