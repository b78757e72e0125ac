import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Home } from '../../../durable-objects/session-list/session-list.ts'
import { SessionId, Subject } from '../../../shared/ids.ts'
import { jobs } from '../worker.ts'
import { done, Gate, sessions, streams, text } from './scripted-runner.ts'
import { alice, deltas, last, log, messageInput, scriptRunner, sendMessage, session, types, untilEnded, watch } from './session-fixture.ts'

describe('A session', () => {
  it('records one exchange in order', async () => {
    scriptRunner(text('Hello'), text(', you'), { type: 'usage', usage: { input_tokens: 3, output_tokens: 2 } }, done)
    const sent = await sendMessage('hi', { metadata: { time_zone: 'Europe/Oslo' } })
    await untilEnded()
    const events = await log()
    expect(events.map(({ type }) => type)).toEqual([
      'session.created',
      'turn.accepted',
      'item.added',
      'turn.started',
      'item.opened',
      'item.closed',
      'turn.ended',
    ])
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(sent.seq).toBe(3)
    expect(await last('item.closed')).toMatchObject({ text: 'Hello, you', turn_id: sent.turn_id })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'completed', usage: { input_tokens: 3, output_tokens: 2 } })
    expect(jobs.at(-1)).toMatchObject({ messages: [{ role: 'user', text: 'hi' }], metadata: { time_zone: 'Europe/Oslo' } })
  })

  it('does not exist before its first message, and writes nothing', async () => {
    expect(await session.summary(alice)).toEqual({ ok: false, error: { kind: 'not_found' } })
    expect(await session.read(alice, '')).toMatchObject({ ok: false })
    expect(await session.remove(alice)).toMatchObject({ ok: false })
    expect(await session.unacknowledged('relay', 10)).toBeNull()
    await session.dispatch()
    await session.acknowledge('relay', 5)
    const tables = await runInDurableObject(session, (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    )
    expect(tables).toEqual([])
  })

  it('does not exist for another user of the tenant', async () => {
    await sendMessage('mine')
    const mallory = Subject.parse('mallory')
    for (const answer of [
      session.send(messageInput('x', { subject: mallory })),
      session.summary(mallory),
      session.history(mallory),
      session.read(mallory, ''),
      session.events(mallory, '', 1),
      session.rename(mallory, 'x'),
      session.remove(mallory),
      session.cancel(mallory, 'x'),
    ]) {
      expect(await answer).toEqual({ ok: false, error: { kind: 'not_found' } })
    }
    expect((await session.fetch('https://session/?subject=mallory', { headers: { upgrade: 'websocket' } })).status).toBe(404)
  })

  it('accepts a message once per key, also concurrently and after an eviction', async () => {
    const hello = messageInput('hello')
    const answers = await Promise.all(Array.from({ length: 20 }, () => session.send(hello)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    await untilEnded()
    await evictDurableObject(session)
    expect(await session.send(hello)).toEqual(answers[0])
    expect((await types()).filter((type) => type === 'turn.accepted')).toHaveLength(1)
    expect(await session.send({ ...hello, fingerprint: 'other' })).toEqual({ ok: false, error: { kind: 'idempotency_mismatch' } })
  })

  it('answers waiting messages one by one, in order', async () => {
    const gate = new Gate()
    scriptRunner(text('a'), gate, done)
    const turns = [await sendMessage('one'), await sendMessage('two'), await sendMessage('three')]
    expect((await last('turn.accepted'))?.position).toBe(2)
    gate.open()
    await untilEnded(3)
    const events = await log()
    expect(events.filter(({ type }) => type === 'turn.ended').map((event) => 'turn_id' in event && event.turn_id)).toEqual(
      turns.map(({ turn_id }) => turn_id),
    )
    // The model does not see a later message before its turn.
    expect(jobs.at(-2)?.messages.map(({ text }) => text)).toEqual(['one', 'a', 'two'])
  })

  it('refuses a message when the queue is full, without using up its key', async () => {
    const gate = new Gate()
    scriptRunner(gate, done)
    await sendMessage('running')
    for (let n = 0; n < 20; n++) await sendMessage(`waiting ${n}`)
    const excessMessage = messageInput('too many')
    expect(await session.send(excessMessage)).toMatchObject({ ok: false, error: { kind: 'queue_full' } })
    gate.open()
    await untilEnded(21)
    expect(await session.send(excessMessage)).toMatchObject({ ok: true })
  })

  it('cuts an item at its limit, closes the stream and records the cut', async () => {
    scriptRunner(...Array.from({ length: 5 }, () => text('x'.repeat(60_000))), text('never'), new Gate(), done)
    const { turn_id } = await sendMessage('long')
    await untilEnded()
    const closed = await last('item.closed')
    expect(closed?.text).toHaveLength(262_144)
    expect(closed?.truncated).toBe(true)
    await vi.waitFor(() => expect(streams.get(turn_id)).toBe('closed'))
  })

  it('keeps its title, or gets one from the first message', async () => {
    await sendMessage(`  👩‍🚀 ${'word '.repeat(30)}`)
    const summary = await session.summary(alice)
    expect(summary.ok && [...new Intl.Segmenter().segment(summary.value.title)].length).toBe(60)
    await session.rename(alice, 'Mine')
    await evictDurableObject(session)
    expect(await session.summary(alice)).toMatchObject({ value: { title: 'Mine' } })
  })

  it("is in its subject's list at once, newest first", async () => {
    const home = (env.HOME as unknown as DurableObjectNamespace<Home>).getByName('acme/lister')
    const lister = Subject.parse('lister')
    for (const name of ['l1', 'l2', 'l3']) {
      const sessionId = SessionId.parse(name)
      await sessions.getByName(`acme/${name}`).send(messageInput(name, { session: sessionId, subject: lister }))
      expect((await home.list(10, null)).sessions[0]?.session_id).toBe(name)
    }
    const page = await home.list(2, null)
    expect(page.sessions.map(({ session_id }) => session_id)).toEqual(['l3', 'l2'])
    expect((await home.list(2, page.next)).sessions.map(({ session_id }) => session_id)).toEqual(['l1'])
    await sessions.getByName('acme/l2').remove(lister)
    expect((await home.list(10, null)).sessions.map(({ session_id }) => session_id)).not.toContain('l2')
  })
})

describe('Deleting', () => {
  it('drops the content, closes readers, keeps a tombstone, and is idempotent', async () => {
    scriptRunner(text('secret'), new Gate(), done)
    const { turn_id } = await sendMessage('my secret')
    const reader = await watch()
    await vi.waitFor(() => expect(deltas(reader.text())).toBe('secret'))
    expect(await session.remove(alice)).toEqual({ ok: true, value: null })
    await vi.waitFor(() => expect(reader.closed()).toBe('deleted'))
    expect(reader.text()).toContain('session.deleted')
    expect(streams.get(turn_id)).toBe('closed')
    await evictDurableObject(session)
    expect(await session.remove(alice)).toEqual({ ok: true, value: null })
    expect(await session.summary(alice)).toMatchObject({ ok: false, error: { kind: 'not_found' } })
    expect(await session.send(messageInput('again'))).toEqual({ ok: false, error: { kind: 'session_deleted' } })
    expect(await session.send(messageInput('again', { subject: Subject.parse('mallory') }))).toEqual({
      ok: false,
      error: { kind: 'not_found' },
    })
    const stored = await runInDurableObject(session, (_, state) =>
      ['event', 'turn', 'item', 'key', 'meta']
        .map((table) => JSON.stringify(state.storage.sql.exec(`SELECT * FROM ${table}`).toArray()))
        .join(),
    )
    expect(stored).not.toContain('secret')
    expect(await session.unacknowledged('relay', 10)).toMatchObject({ events: [{ type: 'session.deleted' }] })
  })
})

describe('Consumers', () => {
  it('get the events that they have not acknowledged, in order and in pages', async () => {
    await sendMessage('one')
    await untilEnded()
    const first = await session.unacknowledged('relay', 3)
    expect(first?.events.map(({ seq }) => seq)).toEqual([1, 2, 3])
    await session.acknowledge('relay', 3)
    await session.acknowledge('relay', 1)
    expect((await session.unacknowledged('relay', 1))?.events.map(({ seq }) => seq)).toEqual([4])
    await session.acknowledge('relay', 1_000_000)
    await sendMessage('two')
    await untilEnded(2)
    expect((await session.unacknowledged('relay', 100))?.events[0]?.seq).toBe((first?.last_seq ?? 0) + 1)
  })

  it('get doorbells while they lag, and none afterwards', async () => {
    await sendMessage('one')
    await untilEnded()
    const due = () =>
      runInDurableObject(session, (_, state) =>
        state.storage.sql.exec<{ kind: string; tries: number }>('SELECT kind, tries FROM due ORDER BY kind').toArray(),
      )
    expect((await due()).map(({ kind }) => kind)).toEqual(['home', 'ring'])
    await runInDurableObject(session, (_, state) => void state.storage.sql.exec('UPDATE due SET at = 1'))
    await evictDurableObject(session)
    await runDurableObjectAlarm(session)
    await vi.waitFor(async () => expect(await due()).toEqual([{ kind: 'ring', tries: 1 }]))
    await session.acknowledge('relay', 1_000)
    expect(await due()).toEqual([])
    // The alarm fires again, has no work, and is not set again.
    await runDurableObjectAlarm(session)
    expect(await runInDurableObject(session, (_, state) => state.storage.getAlarm())).toBeNull()
  })
})

describe('The cost of an answer', () => {
  /** The rows that the object writes while `work` runs, as the platform counts them. */
  async function rowsWritten(work: () => Promise<unknown>): Promise<number> {
    let rows = 0
    const sql = await runInDurableObject(session, (_, state) => Object.getPrototypeOf(state.storage.sql))
    const spy = vi.spyOn(sql, 'exec')
    await work()
    for (const { value } of spy.mock.results) rows += value.rowsWritten
    spy.mockRestore()
    return rows
  }

  it('is the same few rows for every length', async () => {
    await sendMessage('first')
    await untilEnded()
    const home = (env.HOME as unknown as DurableObjectNamespace<Home>).getByName(`acme/${alice}`)
    let turns = 1
    const costs: number[] = []
    for (const words of [10, 100, 1_000]) {
      const gate = new Gate()
      scriptRunner(gate, ...Array.from({ length: words }, (_, n) => text(`${n} `)), done)
      const { turn_id } = await sendMessage('go')
      // The list writes as well, a moment after the message.
      await vi.waitFor(async () => expect((await home.list(1, null)).sessions).toMatchObject([{ last_turn_id: turn_id }]))
      gate.open()
      turns += 1
      costs.push(await rowsWritten(() => untilEnded(turns)))
    }
    expect(new Set(costs).size).toBe(1)
    expect(costs[0]).toBeLessThanOrEqual(10)
    console.log(`rows written from the first word to the end: ${costs}`)
  })
})
