import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Home } from '../../../durable-objects/home.ts'
import type { Say, Session } from '../../../durable-objects/session.ts'
import { SessionLog } from '../../../durable-objects/session-log.ts'
import type { Event } from '../../../shared/event.ts'
import { SessionId, Subject, TenantId } from '../../../shared/ids.ts'
import { fold, unknown } from '../../../shared/session/session.ts'
import { forkLog } from '../../../shared/session/transfer.ts'
import { done, Gate, play, type Step, sessions, streams, text } from './play.ts'
import { jobs, runner } from './worker.ts'

const tenant = TenantId.parse('acme')
const alice = Subject.parse('alice')

let count = 0
let id: SessionId
let session: DurableObjectStub<Session>

beforeEach(() => {
  id = SessionId.parse(`s${++count}`)
  session = sessions.getByName(`${tenant}/${id}`)
  runner.run = play(done)
})

/** Whatever a test did: the tables are what the events make of a session. */
afterEach(async () => {
  const [loaded, events] = await runInDurableObject(session, (_, state) => {
    const log = new SessionLog(state.storage.sql)
    const recorded = log.exists ? [...log.after(0)] : []
    return [log.load(), recorded.map(({ seq, at, body }) => ({ seq, at, ...JSON.parse(body) }))] as const
  })
  if (!loaded.deleted) expect(events.reduce(fold, unknown)).toEqual(loaded)
})

const saying = (said: string, more: Partial<Say> = {}): Say => ({
  tenant,
  session: id,
  subject: alice,
  event_id: crypto.randomUUID(),
  fingerprint: said,
  text: said,
  ...more,
})

async function say(said: string, more: Partial<Say> = {}) {
  const sent = await session.send(saying(said, more))
  if (!sent.ok) throw new Error(sent.error.kind)
  return sent.value
}

async function log(): Promise<Event[]> {
  const page = await session.events(alice, '', 500)
  return page.ok ? JSON.parse(page.value.events) : []
}

/** Until the open answer has a first word. */
const spoken = () =>
  vi.waitFor(async () => {
    const page = await session.read(alice, '')
    expect(page.ok && page.value.text).toContain('item.delta')
  })
const types = async () => (await log()).map(({ type }) => type)
const ended = (turns = 1) =>
  vi.waitFor(async () => expect((await types()).filter((type) => type === 'turn.ended')).toHaveLength(turns), {
    timeout: 5_000,
    interval: 10,
  })
const last = async <T extends Event['type']>(type: T) =>
  (await log()).findLast((event): event is Extract<Event, { type: T }> => event.type === type)

const answering = (...steps: Step[]) => {
  runner.run = play(...steps)
}

/** What a reader has received, as SSE text, since it attached. */
async function watch(after = '') {
  const response = await session.fetch(`https://session/?subject=alice&after=${after}`, { headers: { upgrade: 'websocket' } })
  const socket = response.webSocket
  if (!socket) return { status: response.status, text: () => '', closed: () => '' }
  let received = ''
  let closed = ''
  socket.addEventListener('message', ({ data }) => {
    received += data
  })
  socket.addEventListener('close', ({ reason }) => {
    closed = reason || 'closed'
  })
  socket.accept()
  return { status: response.status, text: () => received, closed: () => closed }
}

const deltas = (received: string) =>
  [...received.matchAll(/^data: (.*)$/gm)]
    .map(([, data]) => JSON.parse(data ?? ''))
    .filter(({ type }) => type === 'item.delta')
    .map(({ text }) => text)
    .join('')

describe('A session', () => {
  it('records one exchange as it happened', async () => {
    answering(text('Hello'), text(', you'), { type: 'usage', usage: { input_tokens: 3, output_tokens: 2 } }, done)
    const sent = await say('hi', { metadata: { time_zone: 'Europe/Oslo' } })
    await ended()
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

  it('exists for nobody before its first message, and writes nothing', async () => {
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
    await say('mine')
    const mallory = Subject.parse('mallory')
    for (const asked of [
      session.send(saying('x', { subject: mallory })),
      session.summary(mallory),
      session.history(mallory),
      session.read(mallory, ''),
      session.events(mallory, '', 1),
      session.rename(mallory, 'x'),
      session.remove(mallory),
      session.cancel(mallory, 'x'),
    ]) {
      expect(await asked).toEqual({ ok: false, error: { kind: 'not_found' } })
    }
    expect((await session.fetch('https://session/?subject=mallory', { headers: { upgrade: 'websocket' } })).status).toBe(404)
  })

  it('takes a message once per key, also at the same time and after eviction', async () => {
    const hello = saying('hello')
    const answers = await Promise.all(Array.from({ length: 20 }, () => session.send(hello)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    await ended()
    await evictDurableObject(session)
    expect(await session.send(hello)).toEqual(answers[0])
    expect((await types()).filter((type) => type === 'turn.accepted')).toHaveLength(1)
    expect(await session.send({ ...hello, fingerprint: 'other' })).toEqual({ ok: false, error: { kind: 'idempotency_mismatch' } })
  })

  it('answers waiting messages one after the other, in their order', async () => {
    const gate = new Gate()
    answering(text('a'), gate, done)
    const turns = [await say('one'), await say('two'), await say('three')]
    expect((await last('turn.accepted'))?.position).toBe(2)
    gate.open()
    await ended(3)
    const events = await log()
    expect(events.filter(({ type }) => type === 'turn.ended').map((event) => 'turn_id' in event && event.turn_id)).toEqual(
      turns.map(({ turn_id }) => turn_id),
    )
    // What was asked later is not told to the model before its turn.
    expect(jobs.at(-2)?.messages.map(({ text }) => text)).toEqual(['one', 'a', 'two'])
  })

  it('refuses more waiting messages than it may hold, and uses up no key for that', async () => {
    const gate = new Gate()
    answering(gate, done)
    await say('running')
    for (let n = 0; n < 20; n++) await say(`waiting ${n}`)
    const late = saying('too many')
    expect(await session.send(late)).toMatchObject({ ok: false, error: { kind: 'queue_full' } })
    gate.open()
    await ended(21)
    expect(await session.send(late)).toMatchObject({ ok: true })
  })

  it('cuts an item at its limit, closes the stream and says so', async () => {
    answering(...Array.from({ length: 5 }, () => text('x'.repeat(60_000))), text('never'), new Gate(), done)
    const { turn_id } = await say('long')
    await ended()
    const closed = await last('item.closed')
    expect(closed?.text).toHaveLength(262_144)
    expect(closed?.truncated).toBe(true)
    await vi.waitFor(() => expect(streams.get(turn_id)).toBe('closed'))
  })

  it('keeps its title, or takes one from the first message', async () => {
    await say(`  👩‍🚀 ${'word '.repeat(30)}`)
    const summary = await session.summary(alice)
    expect(summary.ok && [...new Intl.Segmenter().segment(summary.value.title)].length).toBe(60)
    await session.rename(alice, 'Mine')
    await evictDurableObject(session)
    expect(await session.summary(alice)).toMatchObject({ value: { title: 'Mine' } })
  })

  it("is in its subject's list at once, and newest first", async () => {
    const home = (env.HOME as unknown as DurableObjectNamespace<Home>).getByName('acme/lister')
    const lister = Subject.parse('lister')
    for (const name of ['l1', 'l2', 'l3']) {
      const one = SessionId.parse(name)
      await sessions.getByName(`acme/${name}`).send(saying(name, { session: one, subject: lister }))
      expect((await home.list(10, null)).sessions[0]?.session_id).toBe(name)
    }
    const page = await home.list(2, null)
    expect(page.sessions.map(({ session_id }) => session_id)).toEqual(['l3', 'l2'])
    expect((await home.list(2, page.next)).sessions.map(({ session_id }) => session_id)).toEqual(['l1'])
    await sessions.getByName('acme/l2').remove(lister)
    expect((await home.list(10, null)).sessions.map(({ session_id }) => session_id)).not.toContain('l2')
  })
})

describe('Cancelling', () => {
  it("keeps what was said, and closes the runner's stream at once, also when it is silent", async () => {
    answering(text('as far as'), new Gate(), text('never'), done)
    const { turn_id } = await say('go')
    await spoken()
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'cancelled' } })
    await vi.waitFor(() => expect(streams.get(turn_id)).toBe('closed'))
    expect(await last('item.closed')).toMatchObject({ text: 'as far as', incomplete: true })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'cancelled' })
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'cancelled' } })
  })

  it('takes a waiting message back without touching the running one', async () => {
    const gate = new Gate()
    answering(text('a'), gate, done)
    const running = await say('one')
    const waiting = await say('two')
    await session.cancel(alice, waiting.turn_id)
    gate.open()
    await ended(2)
    const history = await session.history(alice)
    expect(history.ok && history.value.turns.map(({ outcome }) => outcome)).toEqual(['completed', 'cancelled'])
    expect(jobs.filter(({ session }) => session === id).map(({ turn_id }) => turn_id)).toEqual([running.turn_id])
  })

  it('reaches a runner that has not handed over its stream yet', async () => {
    const gate = new Gate()
    let over = false
    runner.run = async (job) => {
      await gate.passed(new AbortController().signal)
      await play(text('too late'), done)(job)
      over = true
    }
    const { turn_id } = await say('go')
    await session.cancel(alice, turn_id)
    gate.open()
    await vi.waitFor(() => expect(over).toBe(true))
    expect(await types()).toEqual([
      'session.created',
      'turn.accepted',
      'item.added',
      'turn.started',
      'item.opened',
      'item.abandoned',
      'turn.ended',
    ])
  })

  it('keeps the outcome of what has ended, and knows no turn of another session', async () => {
    const { turn_id } = await say('go')
    await ended()
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'completed' } })
    expect(await session.cancel(alice, 'nothing')).toEqual({ ok: false, error: { kind: 'not_found' } })
  })

  it('goes on with the next message', async () => {
    answering(text('a'), new Gate(), done)
    const first = await say('one')
    await say('two')
    await spoken()
    answering(text('b'), done)
    await session.cancel(alice, first.turn_id)
    await ended(2)
    expect(await last('item.closed')).toMatchObject({ text: 'b' })
  })
})

describe('When something dies', () => {
  it('says an answer again whose bytes stopped without an end', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    let attempts = 0
    runner.run = (job) => (++attempts === 1 ? play(text('half an ans'), 'break off') : play(text('whole'), done))(job)
    await say('go')
    await vi.waitFor(async () => expect(await types()).toContain('item.abandoned'))
    await vi.waitFor(() => runDurableObjectAlarm(session).then((ran) => expect(ran && attempts).toBe(2)), { timeout: 5_000, interval: 100 })
    await ended()
    const events = await log()
    expect(events.filter(({ type }) => type === 'item.closed')).toHaveLength(1)
    expect(await last('item.closed')).toMatchObject({ text: 'whole' })
    expect(jobs.at(-1)?.token).toBeGreaterThan(jobs.at(-2)?.token ?? 0)
  })

  it('gives up after five attempts in a row, in words', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    runner.run = async () => {
      throw new Error('no runner')
    }
    await say('go')
    await vi.waitFor(
      async () => {
        await runInDurableObject(session, (_, state) => void state.storage.sql.exec("UPDATE due SET at = 0 WHERE kind = 'turn'"))
        await evictDurableObject(session)
        await session.dispatch()
        expect(await types()).toContain('turn.ended')
      },
      { timeout: 10_000, interval: 50 },
    )
    expect(jobs.filter(({ session }) => session === id).length).toBeGreaterThanOrEqual(5)
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/5 times/) })
  })

  it('refuses the runner of an older token', async () => {
    answering(text('mine'), new Gate(), done)
    const { turn_id } = await say('go')
    await spoken()
    const old = { ...jobs.at(-1), token: (jobs.at(-1)?.token ?? 0) - 1 } as (typeof jobs)[0]
    await play(text('not mine'), done)(old)
    expect(await types()).not.toContain('turn.ended')
    await session.cancel(alice, turn_id)
    expect(await last('item.closed')).toMatchObject({ text: 'mine' })
  })

  it('fences who ran the turn before it was reset, and has it said again at once', async () => {
    const gate = new Gate()
    runner.run = async (job) => {
      await gate.passed(new AbortController().signal)
      await play(text('new'), done)(job)
    }
    const { turn_id } = await say('go')
    const attempts = () => jobs.filter((job) => job.turn_id === turn_id)
    await runInDurableObject(session, (_, state) => state.abort('reset')).catch(() => undefined)
    session = sessions.getByName(`${tenant}/${id}`)
    await session.summary(alice)
    await vi.waitFor(() => expect(attempts()).toHaveLength(2))
    // The first runner lives on, and comes with what it has.
    await play(text('old'), done)(attempts()[0] as (typeof jobs)[0])
    const page = await session.read(alice, '')
    expect(page.ok && page.value.text).not.toContain('item.delta')
    gate.open()
    await ended()
    expect(await last('item.closed')).toMatchObject({ text: 'new' })
  })

  it('keeps what the provider said before it failed, and why', async () => {
    answering(text('so far'), { type: 'end', outcome: 'failed', reason: 'The provider hung up.' })
    await say('go')
    await ended()
    expect(await last('item.closed')).toMatchObject({ text: 'so far', incomplete: true })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: 'The provider hung up.' })
  })

  it('refuses a line that no runner says, and tries again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    answering(text('a'), { type: 'nonsense' } as never, done)
    const { turn_id } = await say('go')
    await vi.waitFor(async () => expect(await types()).toContain('item.abandoned'))
    await session.cancel(alice, turn_id)
  })
})

describe('Readers', () => {
  it('get what was recorded and what is being said, however late they come', async () => {
    const gates = [new Gate(), new Gate()]
    answering(text('one '), gates[0] as Gate, text('two'), gates[1] as Gate, done)
    const early = await say('go').then(() => watch())
    await vi.waitFor(() => expect(deltas(early.text())).toBe('one '))
    const late = await watch()
    await vi.waitFor(() => expect(deltas(late.text())).toBe('one '))
    gates[0]?.open()
    await vi.waitFor(() => expect(deltas(late.text())).toBe('one two'))
    gates[1]?.open()
    await ended()
    await vi.waitFor(() => expect(late.text()).toContain('turn.ended'))
    expect(deltas(early.text())).toBe('one two')
    const page = await session.read(alice, '')
    expect(page.ok && deltas(page.value.text)).toBe('one two')
  })

  it("survive the object's sleep", async () => {
    await say('one')
    await ended()
    const reader = await watch('latest')
    await evictDurableObject(session)
    answering(text('awake'), done)
    await say('two')
    await vi.waitFor(() => expect(reader.text()).toContain('turn.ended'))
    expect(deltas(reader.text())).toBe('awake')
  })

  it('are sent back to pulling when they lack more than a page', async () => {
    answering(text('x'.repeat(100_000)), done)
    await say('one')
    await say('two')
    await ended(2)
    const reader = await watch()
    await vi.waitFor(() => expect(reader.closed()).toBe('behind'))
    let cursor = ''
    let all = ''
    for (let behind = true; behind; ) {
      const page = await session.read(alice, cursor)
      if (!page.ok) throw new Error(page.error.kind)
      ;({ cursor, behind } = page.value)
      all += page.value.text
    }
    expect(deltas(all)).toHaveLength(200_000)
  })

  it('are refused at a place that does not exist', async () => {
    await say('one')
    await ended()
    for (const cursor of ['99', '-1', 'x', '1.', '7.5.5']) {
      expect(await session.read(alice, cursor)).toEqual({ ok: false, error: { kind: 'invalid_cursor' } })
      expect((await watch(cursor)).status).toBe(400)
    }
    expect(await session.read(alice, 'latest')).toMatchObject({ ok: true, value: { text: '', behind: false } })
  })

  it('are told less often when they are many', async () => {
    const gate = new Gate()
    answering(gate, ...Array.from({ length: 100 }, (_, n) => text(`${n} `)), done)
    await say('go')
    const readers = await Promise.all(Array.from({ length: 60 }, () => watch()))
    gate.open()
    await ended()
    await vi.waitFor(() => expect(readers.every((reader) => reader.text().includes('turn.ended'))).toBe(true))
    const said = (await last('item.closed'))?.text
    for (const reader of readers) expect(deltas(reader.text())).toBe(said)
    expect(readers[0]?.text().match(/item\.delta/g)?.length).toBeLessThan(100)
  })
})

describe('Deleting', () => {
  it('drops the content, tells readers, keeps a tombstone, and is the same the second time', async () => {
    answering(text('secret'), new Gate(), done)
    const { turn_id } = await say('my secret')
    const reader = await watch()
    await vi.waitFor(() => expect(deltas(reader.text())).toBe('secret'))
    expect(await session.remove(alice)).toEqual({ ok: true, value: null })
    await vi.waitFor(() => expect(reader.closed()).toBe('deleted'))
    expect(reader.text()).toContain('session.deleted')
    expect(streams.get(turn_id)).toBe('closed')
    await evictDurableObject(session)
    expect(await session.remove(alice)).toEqual({ ok: true, value: null })
    expect(await session.summary(alice)).toMatchObject({ ok: false, error: { kind: 'not_found' } })
    expect(await session.send(saying('again'))).toEqual({ ok: false, error: { kind: 'session_deleted' } })
    expect(await session.send(saying('again', { subject: Subject.parse('mallory') }))).toEqual({ ok: false, error: { kind: 'not_found' } })
    const kept = await runInDurableObject(session, (_, state) =>
      ['event', 'turn', 'item', 'key', 'meta']
        .map((table) => JSON.stringify(state.storage.sql.exec(`SELECT * FROM ${table}`).toArray()))
        .join(),
    )
    expect(kept).not.toContain('secret')
    expect(await session.unacknowledged('relay', 10)).toMatchObject({ events: [{ type: 'session.deleted' }] })
  })
})

describe('Consumers', () => {
  it('get what they have not acknowledged, in order, page by page', async () => {
    await say('one')
    await ended()
    const first = await session.unacknowledged('relay', 3)
    expect(first?.events.map(({ seq }) => seq)).toEqual([1, 2, 3])
    await session.acknowledge('relay', 3)
    await session.acknowledge('relay', 1)
    expect((await session.unacknowledged('relay', 1))?.events.map(({ seq }) => seq)).toEqual([4])
    await session.acknowledge('relay', 1_000_000)
    await say('two')
    await ended(2)
    expect((await session.unacknowledged('relay', 100))?.events[0]?.seq).toBe((first?.last_seq ?? 0) + 1)
  })

  it('are rung again while they lag, and left alone once they do not', async () => {
    await say('one')
    await ended()
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
    // It comes once more, finds nothing, and is not set again.
    await runDurableObjectAlarm(session)
    expect(await runInDurableObject(session, (_, state) => state.storage.getAlarm())).toBeNull()
  })
})

describe('The cost of an answer', () => {
  /** Rows that the object writes while `during` runs, as the platform counts them. */
  async function rowsWritten(during: () => Promise<unknown>): Promise<number> {
    let rows = 0
    const sql = await runInDurableObject(session, (_, state) => Object.getPrototypeOf(state.storage.sql))
    const spy = vi.spyOn(sql, 'exec')
    await during()
    for (const { value } of spy.mock.results) rows += value.rowsWritten
    spy.mockRestore()
    return rows
  }

  it('is the same few rows, however long it is', async () => {
    await say('first')
    await ended()
    let turns = 1
    const costs: number[] = []
    for (const words of [10, 100, 1_000]) {
      const gate = new Gate()
      answering(gate, ...Array.from({ length: words }, (_, n) => text(`${n} `)), done)
      await say('go')
      gate.open()
      turns += 1
      costs.push(await rowsWritten(() => ended(turns)))
    }
    expect(new Set(costs).size).toBe(1)
    expect(costs[0]).toBeLessThanOrEqual(10)
    console.log(`rows written from the first word to the end: ${costs}`)
  })
})

describe('A message that meets a running turn', () => {
  const post = (on_conflict: Say['on_conflict']) => session.send(saying('x', { on_conflict }))

  it('is refused when it asks to be: of 50 at once one is taken', async () => {
    const gate = new Gate()
    answering(gate, done)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('reject')))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const { turn_id } = jobs.at(-1) as (typeof jobs)[0]
    for (const answer of answers) if (!answer.ok) expect(answer.error).toEqual({ kind: 'turn_in_progress', turn_id })
    gate.open()
    await ended()
    expect(await post('reject')).toMatchObject({ ok: true })
  })

  it('takes its place when it asks to: of 50 at once the last is answered', async () => {
    const before = jobs.length
    answering(text('as far as '), new Gate(), done)
    await say('first')
    await spoken()
    answering(text('the last'), done)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('interrupt')))
    expect(answers.every(({ ok }) => ok)).toBe(true)
    await ended(51)
    const outcomes = (await log()).flatMap((event) => (event.type === 'turn.ended' ? [event.outcome] : []))
    expect(outcomes.filter((outcome) => outcome === 'completed')).toHaveLength(1)
    expect(outcomes.at(-1)).toBe('completed')
    const closed = (await log()).filter((event) => event.type === 'item.closed')
    expect(closed.map(({ text, incomplete }) => [text, incomplete])).toEqual([
      ['as far as ', true],
      ['the last', undefined],
    ])
    await vi.waitFor(() => expect(jobs.slice(before).every(({ turn_id }) => streams.get(turn_id) !== 'open')).toBe(true))
  })

  it('is refused when more was recorded than its sender had seen', async () => {
    const { seq } = await say('one')
    await ended()
    expect(await session.send(saying('stale', { expected_seq: seq }))).toMatchObject({ error: { kind: 'version_conflict' } })
    const now = (await log()).at(-1)?.seq
    expect(await session.send(saying('fresh', { expected_seq: now }))).toMatchObject({ ok: true })
  })
})

describe('Pausing', () => {
  it('finishes what runs, begins nothing else, and survives the object', async () => {
    const gate = new Gate()
    answering(text('one'), gate, done)
    await say('one')
    await say('two')
    expect(await session.pause(alice, true)).toMatchObject({ value: { state: 'paused' } })
    gate.open()
    await ended(1)
    await evictDurableObject(session)
    await session.dispatch()
    await say('three')
    expect((await types()).filter((type) => type === 'turn.started')).toHaveLength(1)
    expect(
      await runInDurableObject(session, (_, state) => state.storage.sql.exec("SELECT 1 FROM due WHERE kind = 'turn'").toArray()),
    ).toEqual([])
    await session.pause(alice, false)
    await ended(3)
    expect(await session.summary(alice)).toMatchObject({ value: { state: 'idle' } })
  })
})

describe('What was stopped', () => {
  it('is counted by us when the provider has not said', async () => {
    answering(text('four words of text'), new Gate(), done)
    const { turn_id } = await say('go')
    await spoken()
    await session.cancel(alice, turn_id)
    const usage = (await last('turn.ended'))?.usage
    expect(usage).toMatchObject({ estimated: true })
    expect(usage?.output_tokens).toBeGreaterThan(0)
  })
})

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
    const events = forkLog(branch.value.events, id, alice, branch.value.title, Date.now())
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
    expect(jobs.at(-1)?.messages.map(({ text }) => text)).toEqual(['a', 'to a', 'b', 'to a+to a+b', 'd'])
    const gate = new Gate()
    answering(gate, done)
    const running = await say('e')
    expect(await session.branch(alice, running.turn_id)).toMatchObject({ error: { kind: 'turn_in_progress' } })
    gate.open()
    await ended(4)
  })
})
