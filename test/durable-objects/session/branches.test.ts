import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { SessionId, Subject } from '../../../shared/ids.ts'
import { buildFork } from '../../../shared/session/transfer.ts'
import { jobs, runner } from '../worker.ts'
import { done, Gate, play, sessions, text } from './play.ts'
import { alice, answering, ended, id, say, saying, session, tenant } from './talk.ts'

describe('Branches', () => {
  const history = async () => {
    const read = await session.history(alice)
    return read.ok ? read.value.turns.map(({ items }) => items.map(({ text }) => text).join(' → ')) : []
  }
  const echo = () => {
    runner.run = (job) => play(text(`to ${job.messages.map(({ text }) => text).join('+')}`), done)(job)
  }

  it('begin where a message is edited or answered again, and keep what was there', async () => {
    echo()
    const one = await say('a')
    await ended(1)
    const two = await say('b')
    await ended(2)
    expect(await history()).toEqual(['a → to a', 'b → to a+to a+b'])
    const edited = await say('c', { parent_turn_id: one.turn_id })
    await ended(3)
    expect(await history()).toEqual(['a → to a', 'c → to a+to a+c'])
    const again = await session.send({ ...saying(''), text: undefined, regenerates: edited.turn_id })
    await ended(4)
    expect(await history()).toEqual(['a → to a', 'c → to a+to a+c'])
    expect(again.ok && (await session.branches(alice))).toMatchObject({
      value: {
        active_turn_id: again.ok && again.value.turn_id,
        turns: [
          { parent_turn_id: null },
          { parent_turn_id: one.turn_id },
          { parent_turn_id: one.turn_id },
          { parent_turn_id: one.turn_id },
        ],
      },
    })
    await session.switchBranch(alice, two.turn_id)
    expect(await history()).toEqual(['a → to a', 'b → to a+to a+b'])
    await evictDurableObject(session)
    await say('d')
    await ended(5)
    expect(await history()).toEqual(['a → to a', 'b → to a+to a+b', expect.stringMatching(/^d → to a\+to a\+b\+.*\+d$/)])
    expect(await session.switchBranch(alice, one.turn_id)).toMatchObject({ value: { active_turn_id: expect.any(String) } })
    expect(await session.switchBranch(alice, 'nothing')).toMatchObject({ error: { kind: 'not_found' } })
    expect(await session.send(saying('x', { parent_turn_id: 'nothing' }))).toMatchObject({ error: { kind: 'invalid' } })
  })

  it('leave nothing to the model after a reset, and what was said in the log', async () => {
    echo()
    const one = await say('secret')
    await ended(1)
    await session.reset(alice)
    expect(await history()).toEqual([])
    expect(await session.contextWindow(alice)).toMatchObject({ value: { messages: [], tokens: 0 } })
    await say('what do you know?')
    await ended(2)
    expect(await history()).toEqual(['what do you know? → to what do you know?'])
    await session.switchBranch(alice, one.turn_id)
    expect(await history()).toEqual(['secret → to secret'])
  })

  it('become sessions of their own: copied to the letter, and without a second effect', async () => {
    echo()
    await say('a')
    await ended(1)
    const two = await say('b')
    await ended(2)
    await say('c')
    await ended(3)
    const branch = await session.branch(alice, two.turn_id)
    if (!branch.ok) throw new Error(branch.error.kind)
    const forkId = SessionId.parse(`${id}-fork`)
    const events = buildFork(branch.value.events, id, alice, branch.value.title, Date.now())
    const fork = sessions.getByName(`${tenant}/${forkId}`)
    expect(await fork.restore(tenant, forkId, alice, events)).toMatchObject({ value: { session_id: forkId, state: 'idle' } })
    expect(await fork.restore(tenant, forkId, alice, events)).toMatchObject({ ok: true })
    expect(await fork.restore(tenant, forkId, Subject.parse('mallory'), events)).toMatchObject({ error: { kind: 'not_found' } })
    const source = await session.history(alice)
    const copy = await fork.history(alice)
    expect(copy.ok && copy.value.turns).toEqual(source.ok && source.value.turns.slice(0, 2))
    // Only what is new has effects: the rest has had them.
    expect((await fork.unacknowledged('relay', 500))?.events.map(({ type }) => type)).toEqual(['session.created', 'session.titled'])
    expect(await fork.send({ ...saying('d'), session: forkId })).toMatchObject({ ok: true })
    await vi.waitFor(() => expect(jobs.at(-1)?.messages.map(({ text }) => text)).toEqual(['a', 'to a', 'b', 'to a+to a+b', 'd']))
    const gate = new Gate()
    answering(gate, done)
    const running = await say('e')
    expect(await session.branch(alice, running.turn_id)).toMatchObject({ error: { kind: 'turn_in_progress' } })
    gate.open()
    await ended(4)
  })
})
