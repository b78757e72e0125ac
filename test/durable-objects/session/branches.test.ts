import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { SessionId, Subject } from '../../../shared/ids.ts'
import { buildFork } from '../../../shared/session/transfer.ts'
import { jobs, runner } from '../worker.ts'
import { done, Gate, play, sessions, text } from './scripted-runner.ts'
import { alice, id, messageInput, scriptRunner, sendMessage, session, tenant, untilEnded } from './session-fixture.ts'

describe('Branches', () => {
  const history = async () => {
    const read = await session.history(alice)
    return read.ok ? read.value.turns.map(({ items }) => items.map(({ text }) => text).join(' → ')) : []
  }
  const echo = () => {
    runner.run = (job) => play(text(`to ${job.messages.map(({ text }) => text).join('+')}`), done)(job)
  }

  it('start at an edited or regenerated message, and keep the other branch', async () => {
    echo()
    const first = await sendMessage('a')
    await untilEnded(1)
    const second = await sendMessage('b')
    await untilEnded(2)
    expect(await history()).toEqual(['a → to a', 'b → to a+to a+b'])
    const edited = await sendMessage('c', { parent_turn_id: first.turn_id })
    await untilEnded(3)
    expect(await history()).toEqual(['a → to a', 'c → to a+to a+c'])
    const regenerated = await session.send({ ...messageInput(''), text: undefined, regenerates: edited.turn_id })
    await untilEnded(4)
    expect(await history()).toEqual(['a → to a', 'c → to a+to a+c'])
    expect(regenerated.ok && (await session.branches(alice))).toMatchObject({
      value: {
        active_turn_id: regenerated.ok && regenerated.value.turn_id,
        turns: [
          { parent_turn_id: null },
          { parent_turn_id: first.turn_id },
          { parent_turn_id: first.turn_id },
          { parent_turn_id: first.turn_id },
        ],
      },
    })
    await session.switchBranch(alice, second.turn_id)
    expect(await history()).toEqual(['a → to a', 'b → to a+to a+b'])
    await evictDurableObject(session)
    await sendMessage('d')
    await untilEnded(5)
    expect(await history()).toEqual(['a → to a', 'b → to a+to a+b', expect.stringMatching(/^d → to a\+to a\+b\+.*\+d$/)])
    expect(await session.switchBranch(alice, first.turn_id)).toMatchObject({ value: { active_turn_id: expect.any(String) } })
    expect(await session.switchBranch(alice, 'nothing')).toMatchObject({ error: { kind: 'not_found' } })
    expect(await session.send(messageInput('x', { parent_turn_id: 'nothing' }))).toMatchObject({ error: { kind: 'invalid' } })
  })

  it('leave the model no context after a reset, and stay in the log', async () => {
    echo()
    const first = await sendMessage('secret')
    await untilEnded(1)
    await session.reset(alice)
    expect(await history()).toEqual([])
    expect(await session.contextWindow(alice)).toMatchObject({ value: { messages: [], tokens: 0 } })
    await sendMessage('what do you know?')
    await untilEnded(2)
    expect(await history()).toEqual(['what do you know? → to what do you know?'])
    await session.switchBranch(alice, first.turn_id)
    expect(await history()).toEqual(['secret → to secret'])
  })

  it('become sessions by a fork: an exact copy without a second effect', async () => {
    echo()
    await sendMessage('a')
    await untilEnded(1)
    const second = await sendMessage('b')
    await untilEnded(2)
    await sendMessage('c')
    await untilEnded(3)
    const branch = await session.branch(alice, second.turn_id)
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
    // Only new events have effects. The copied events had their effects in the original.
    expect((await fork.unacknowledged('relay', 500))?.events.map(({ type }) => type)).toEqual(['session.created', 'session.titled'])
    expect(await fork.send({ ...messageInput('d'), session: forkId })).toMatchObject({ ok: true })
    await vi.waitFor(() => expect(jobs.at(-1)?.messages.map(({ text }) => text)).toEqual(['a', 'to a', 'b', 'to a+to a+b', 'd']))
    const gate = new Gate()
    scriptRunner(gate, done)
    const running = await sendMessage('e')
    expect(await session.branch(alice, running.turn_id)).toMatchObject({ error: { kind: 'turn_in_progress' } })
    gate.open()
    await untilEnded(4)
  })
})
