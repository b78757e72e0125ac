/** A message that memory refuses: recorded once, without disturbing other work. */
import { describe, expect, it } from 'vitest'
import { Gate, text } from './scripted-runner.ts'
import {
  alice,
  deltas,
  id,
  last,
  log,
  scriptRunner,
  sendMessage,
  session,
  tenant,
  types,
  untilEnded,
  untilFirstText,
  watch,
} from './session-fixture.ts'

const endOf = async (turn: string) => (await log()).find((event) => event.type === 'turn.ended' && event.turn_id === turn)?.seq ?? 0
const pendingTypes = async () => (await session.unacknowledged('memory', 500))?.events.map(({ type }) => type)

/** The recorded events that a reader received. */
const events = (received: string) =>
  [...received.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '')).filter(({ type }) => type !== 'item.delta')

describe('A message that memory refuses', () => {
  it("is recorded once in its session, and moves memory's cursor", async () => {
    const { turn_id } = await sendMessage('call 555-123-4567')
    await untilEnded()
    const seq = await endOf(turn_id)
    const before = await last('turn.ended')
    for (let n = 0; n < 3; n++) await session.refuseMemory(turn_id, seq, ['personal'])
    expect((await types()).filter((type) => type === 'memory.refused')).toHaveLength(1)
    expect(await last('memory.refused')).toEqual({
      seq: seq + 1,
      at: before?.at,
      type: 'memory.refused',
      about: turn_id,
      reasons: ['personal'],
    })
    expect(await pendingTypes()).toEqual(['memory.refused'])
  })

  it('does not change when its session was last active', async () => {
    const { turn_id } = await sendMessage('call 555-123-4567')
    await untilEnded()
    const summary = await session.summary(alice)
    await new Promise((done) => setTimeout(done, 20))
    await session.refuseMemory(turn_id, await endOf(turn_id), ['personal'])
    expect(await session.summary(alice)).toEqual(summary)
  })

  it('affects neither a running answer nor its readers', async () => {
    const { turn_id } = await sendMessage('call 555-123-4567')
    await untilEnded()
    const seq = await endOf(turn_id)
    const gate = new Gate()
    scriptRunner(text('Half '), gate, text('and half'), { type: 'end', outcome: 'completed' })
    await sendMessage('go on')
    await untilFirstText()
    const reader = await watch()
    const received = deltas(reader.text())
    await session.refuseMemory(turn_id, seq, ['personal'])
    const lateReader = await watch()
    gate.open()
    await untilEnded(2)
    for (const { text: received } of [reader, lateReader]) expect(deltas(received())).toMatch(/Half and half$/)
    expect(deltas(reader.text()).startsWith(received)).toBe(true)
    expect(await last('item.closed')).toMatchObject({ text: 'Half and half' })
    expect(events(lateReader.text())).toEqual(events(reader.text()))
    expect(events(lateReader.text())).toEqual(await log())
  })

  it('is not recorded for an unended turn, an unknown turn or a deleted session', async () => {
    const gate = new Gate()
    scriptRunner(gate, { type: 'end', outcome: 'completed' })
    const { turn_id } = await sendMessage('call 555-123-4567')
    await session.refuseMemory(turn_id, 2, ['personal'])
    await session.refuseMemory('none', 2, ['personal'])
    gate.open()
    await untilEnded()
    const seq = await endOf(turn_id)
    expect(await types()).not.toContain('memory.refused')
    await session.remove(alice)
    await session.refuseMemory(turn_id, seq, ['personal'])
    expect(await pendingTypes()).toEqual(['session.deleted'])
  })
})

describe('The messages of turns', () => {
  it('are the user messages, with their sender and whether they are regenerated', async () => {
    const first = await sendMessage('I like tea', { metadata: { sent_by: 'bob' } })
    await untilEnded()
    const second = await session.send({
      tenant,
      session: id,
      subject: alice,
      event_id: crypto.randomUUID(),
      fingerprint: 'again',
      regenerates: first.turn_id,
    })
    await untilEnded(2)
    const turn = second.ok ? second.value.turn_id : ''
    expect(await session.messages([first.turn_id, 'none', turn])).toEqual([
      { turn_id: first.turn_id, seq: first.seq, at: expect.any(Number), text: 'I like tea', sent_by: 'bob', again: false },
      { turn_id: turn, seq: second.ok && second.value.seq, at: expect.any(Number), text: 'I like tea', sent_by: undefined, again: true },
    ])
    await session.remove(alice)
    expect(await session.messages([first.turn_id])).toEqual([])
  })
})
