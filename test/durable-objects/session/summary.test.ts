/** Summaries on the log: which branches use them, and what survives restarts, forks and restores. */
import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { TurnHistory } from '../../../shared/context/summary.ts'
import type { RunnerLine } from '../../../shared/turn/runner.ts'
import { jobs, runner } from '../worker.ts'
import { done, play, sessions, text } from './scripted-runner.ts'
import { alice, id, log, newDisk, restoreSnapshot, sendMessage, session, snapshot, tenant, untilEnded } from './snapshot-fixture.ts'

let ended = 0
/** Sends a message and returns its turn, and the messages that the runner received. `lines`: what the runner reports first. */
async function ask(message: string, lines: RunnerLine[] = [], fields = {}) {
  runner.run = (job) => play(...lines, text(`re: ${message}`), done)(job)
  const { turn_id } = await sendMessage(message, fields)
  await untilEnded(++ended)
  const job = jobs.findLast((job) => job.turn_id === turn_id)
  return { turn_id, prompt: job?.messages.map(({ text }) => text) ?? [] }
}

const reports = (through_turn_id: string, first_turn: number, last_turn: number, summary: string): RunnerLine => ({
  type: 'alive',
  context: { summary: { through_turn_id, first_turn, last_turn, text: summary, model: 'tiny' } },
})
const recorded = async () => (await log()).filter((event) => event.type === 'context.summarized')

/** A session of five turns. The fifth has a summary of the first two. */
async function summarized() {
  ended = 0
  const turns = []
  for (const name of ['a', 'b', 'c', 'd']) turns.push(await ask(name))
  turns.push(await ask('e', [reports(turns[1]?.turn_id ?? '', 1, 2, 'a and b')]))
  return turns.map(({ turn_id }) => turn_id)
}

describe('A summary', () => {
  it('is recorded during the turn, and replaces its turns in the next prompts', async () => {
    const [, b, , , e] = await summarized()
    expect(await recorded()).toMatchObject([
      { turn_id: e, through_turn_id: b, first_turn: 1, last_turn: 2, text: 'a and b', model: 'tiny' },
    ])
    const { prompt } = await ask('f')
    expect(prompt[0]).toMatch(/turns 1 to 2 .*a and b$/s)
    expect(prompt.slice(1)).toEqual(['c', 're: c', 'd', 're: d', 'e', 're: e', 'f'])
    const window = await session.contextWindow(alice)
    expect(window.ok && window.value.messages[0]).toMatchObject({ role: 'user', summary: true })
    // The originals stay.
    const history = await session.history(alice)
    expect(history.ok && history.value.turns).toHaveLength(6)
  })

  it('is used after a restart, and replaced by the next one', async () => {
    const [, , c] = await summarized()
    await evictDurableObject(session)
    expect((await ask('f')).prompt[0]).toMatch(/a and b$/)
    await ask('g', [reports(c ?? '', 1, 3, 'a, b and c')])
    await evictDurableObject(session)
    const { prompt } = await ask('h')
    expect(prompt[0]).toMatch(/turns 1 to 3 .*a, b and c$/s)
    expect(prompt[1]).toBe('d')
  })

  it('is not used by an earlier branch, nor without another turn after it', async () => {
    const [a, b, c] = await summarized()
    expect((await ask('x', [], { parent_turn_id: a })).prompt).toEqual(['a', 're: a', 'x'])
    expect((await ask('y', [], { parent_turn_id: b })).prompt).toEqual(['a', 're: a', 'b', 're: b', 'y'])
    const { prompt } = await ask('z', [], { parent_turn_id: c })
    expect(prompt[0]).toMatch(/a and b$/)
    expect(prompt.slice(1)).toEqual(['c', 're: c', 'z'])
    expect((await ask('new', [], { parent_turn_id: null })).prompt).toEqual(['new'])
  })

  it('survives a restore from a backup', async () => {
    await summarized()
    const lines = await snapshot()
    await newDisk()
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'restored' })
    expect((await ask('f')).prompt[0]).toMatch(/a and b$/)
  })

  it('of an unknown turn, or of the turn itself, is not recorded', async () => {
    ended = 0
    runner.run = async (job) => play(reports('gone', 1, 1, 'x'), reports(job.turn_id, 1, 1, 'x'), text('ok'), done)(job)
    await sendMessage('a')
    await untilEnded(++ended)
    expect(await recorded()).toEqual([])
  })

  it('is deleted with its session', async () => {
    await summarized()
    await session.remove(alice)
    const disk = JSON.stringify(await snapshot().catch(() => []))
    expect(disk).not.toContain('a and b')
  })
})

describe('The history of a turn', () => {
  /** The history that the runner of the next turn receives, in about `tokens`. */
  async function historyIn(tokens: number): Promise<TurnHistory | null> {
    let history: TurnHistory | null = null
    runner.run = async (job) => {
      history = await sessions.getByName(`${tenant}/${id}`).turnHistory(job.turn_id, job.token, tokens)
      await play(text('ok'), done)(job)
    }
    await sendMessage('next')
    await untilEnded(++ended)
    return history
  }

  it('has the summary, and the turns after it by position', async () => {
    await summarized()
    const history = await historyIn(10_000)
    expect(history).toMatchObject({ first_turn: 3, summary: { first_turn: 1, last_turn: 2, text: 'a and b' }, measured: null })
    expect(history?.turns.map(({ messages }) => messages.map(({ text }) => text))).toEqual([
      ['c', 're: c'],
      ['d', 're: d'],
      ['e', 're: e'],
      ['next'],
    ])
  })

  it('in few tokens has the newest two turns, and the summary before the gap', async () => {
    await summarized()
    const history = await historyIn(1)
    expect(history).toMatchObject({ first_turn: 5, summary: { last_turn: 2 } })
    expect(history?.turns).toHaveLength(2)
  })

  it('without a summary begins with the first turn, or says which one is first', async () => {
    ended = 0
    for (const name of ['a', 'b', 'c', 'd']) await ask(name)
    expect(await historyIn(10_000)).toMatchObject({ first_turn: 1, summary: null })
    expect(await historyIn(1)).toMatchObject({ first_turn: 5, summary: null })
  })

  it('has the newest prompt that a provider counted, also after a restart', async () => {
    ended = 0
    const measured: RunnerLine[] = [
      { type: 'alive', answered_by: { model: 'small' }, context: { estimated_tokens: 80 } },
      { type: 'usage', usage: { input_tokens: 100, output_tokens: 2 } },
    ]
    await ask('a', measured)
    const facts = { model: 'small', input_tokens: 100, estimated_tokens: 80 }
    expect((await historyIn(1))?.measured).toEqual(facts)
    await evictDurableObject(session)
    expect((await historyIn(1))?.measured).toEqual(facts)
    expect((await log()).find(({ type }) => type === 'turn.ended')).toMatchObject({ context: { input_tokens: 100, estimated_tokens: 80 } })
  })

  it('does not count an estimate as a measurement', async () => {
    ended = 0
    await ask('a', [
      { type: 'alive', answered_by: { model: 'small' }, context: { estimated_tokens: 80 } },
      { type: 'usage', usage: { input_tokens: 100, output_tokens: 2, estimated: true } },
    ])
    expect((await historyIn(1))?.measured).toBeNull()
    expect((await log()).find(({ type }) => type === 'turn.ended')).not.toHaveProperty('context')
  })

  it('is refused to a runner with a stale token', async () => {
    ended = 0
    const { turn_id } = await ask('a')
    expect(await session.turnHistory(turn_id, 1, 100)).toBeNull()
  })

  it('records the turns that a prompt leaves out', async () => {
    ended = 0
    await ask('a', [{ type: 'alive', context: { omitted: { turns: 3, reason: 'slow' } } }])
    expect((await log()).find(({ type }) => type === 'turn.ended')).toMatchObject({ context: { omitted_turns: 3, omission: 'slow' } })
  })
})
