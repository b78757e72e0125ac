import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { limits } from '../../../shared/api/limits.ts'
import { done, Gate, text } from './scripted-runner.ts'
import { alice, deltas, last, log, scriptRunner, sendMessage, session, untilEnded, untilFirstText, watch } from './session-fixture.ts'

const retry = { cause: 'busy', reason: 'Too many requests.', attempt: 2, attempts: 5, after_ms: 20_000 } as const
const notices = (received: string) =>
  [...received.matchAll(/^id: (.*)\ndata: (.*)$/gm)]
    .map(([, id, data]) => ({ id, ...JSON.parse(data ?? '') }))
    .filter(({ type }) => type === 'turn.retrying')

describe('A retry of the model call', () => {
  it('is sent to present readers, and to readers that attach during the pause, without moving their cursor', async () => {
    const gate = new Gate()
    scriptRunner({ type: 'alive', retry }, gate, text('Hello'), done)
    const { turn_id } = await sendMessage('go')
    const earlyReader = await watch()
    await vi.waitFor(() => expect(notices(earlyReader.text())).toHaveLength(1))
    const lateReader = await watch('5.0')
    await vi.waitFor(() => expect(notices(lateReader.text())).toHaveLength(1))
    const [first] = notices(earlyReader.text())
    expect(first).toEqual({ id: '5.0', type: 'turn.retrying', turn_id, ...retry, after_ms: expect.any(Number), after: 5 })
    expect(first.after_ms).toBeLessThanOrEqual(20_000)
    gate.open()
    await untilEnded()
    const after = await watch()
    expect(deltas(earlyReader.text())).toBe('Hello')
    expect(deltas(lateReader.text())).toBe('Hello')
    expect([earlyReader, lateReader, after].map((reader) => notices(reader.text()).length)).toEqual([1, 1, 0])
    expect(JSON.stringify(await log())).not.toContain('retrying')
  })

  it('is no longer announced after the first text, or after the attempt', async () => {
    const gate = new Gate()
    scriptRunner({ type: 'alive', retry }, text('Hello'), gate, done)
    await sendMessage('go')
    await untilFirstText()
    expect(notices((await watch()).text())).toEqual([])
    gate.open()
    await untilEnded()
  })
})

describe('Readers', () => {
  it('get the recorded events and the open item, also after a late attach', async () => {
    const gates = [new Gate(), new Gate()]
    scriptRunner(text('one '), gates[0] as Gate, text('two'), gates[1] as Gate, done)
    const earlyReader = await sendMessage('go').then(() => watch())
    await vi.waitFor(() => expect(deltas(earlyReader.text())).toBe('one '))
    const lateReader = await watch()
    await vi.waitFor(() => expect(deltas(lateReader.text())).toBe('one '))
    gates[0]?.open()
    await vi.waitFor(() => expect(deltas(lateReader.text())).toBe('one two'))
    gates[1]?.open()
    await untilEnded()
    await vi.waitFor(() => expect(lateReader.text()).toContain('turn.ended'))
    expect(deltas(earlyReader.text())).toBe('one two')
    const page = await session.read(alice, '')
    expect(page.ok && deltas(page.value.text)).toBe('one two')
  })

  it('survive an eviction of the object', async () => {
    await sendMessage('one')
    await untilEnded()
    const reader = await watch('latest')
    await evictDurableObject(session)
    scriptRunner(text('awake'), done)
    await sendMessage('two')
    await vi.waitFor(() => expect(reader.text()).toContain('turn.ended'))
    expect(deltas(reader.text())).toBe('awake')
  })

  it('are sent back to paging when they are more than a page behind', async () => {
    scriptRunner(text('x'.repeat(100_000)), done)
    await sendMessage('one')
    await sendMessage('two')
    await untilEnded(2)
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

  it('are at most 500; one more triggers a probe for broken sockets, at most once a second', async () => {
    const gate = new Gate()
    scriptRunner(text('one '), gate, text('two'), done)
    await sendMessage('go')
    await untilFirstText()
    const readers = await Promise.all(Array.from({ length: limits.readers }, () => watch()))
    expect(readers.map(({ status }) => status)).toEqual(readers.map(() => 101))
    const [first] = readers
    await vi.waitFor(() => expect(deltas(first?.text() ?? '')).toBe('one '))
    expect((await watch()).status).toBe(503)
    expect((await watch()).status).toBe(503)
    // Five events and four units of the open item: a reader that resumes here misses nothing.
    const probe = 'id: 5.4\n: still there?\n\n'
    await vi.waitFor(() => expect(readers.filter(({ text }) => text().endsWith(probe))).toHaveLength(limits.readers))
    expect(first?.text().split(probe)).toHaveLength(2)
    gate.open()
    await vi.waitFor(() => expect(first?.text()).toContain('turn.ended'))
    expect(deltas(first?.text() ?? '')).toBe('one two')
  })

  it('are refused with an invalid cursor', async () => {
    await sendMessage('one')
    await untilEnded()
    for (const cursor of ['99', '-1', 'x', '1.', '7.5.5']) {
      expect(await session.read(alice, cursor)).toEqual({ ok: false, error: { kind: 'invalid_cursor' } })
      expect((await watch(cursor)).status).toBe(400)
    }
    expect(await session.read(alice, 'latest')).toMatchObject({ ok: true, value: { text: '', behind: false } })
  })

  it('get fewer broadcasts when they are many', async () => {
    const gate = new Gate()
    scriptRunner(gate, ...Array.from({ length: 100 }, (_, n) => text(`${n} `)), done)
    await sendMessage('go')
    const readers = await Promise.all(Array.from({ length: 60 }, () => watch()))
    gate.open()
    await untilEnded()
    await vi.waitFor(() => expect(readers.every((reader) => reader.text().includes('turn.ended'))).toBe(true))
    const answer = (await last('item.closed'))?.text
    for (const reader of readers) expect(deltas(reader.text())).toBe(answer)
    expect(readers[0]?.text().match(/item\.delta/g)?.length).toBeLessThan(100)
  })
})

const statuses = async (count: number, reader: string) =>
  (await Promise.all(Array.from({ length: count }, () => watch('latest', reader)))).map(({ status }) => status)
const repeat = (count: number, status: number) => Array.from({ length: count }, () => status)

describe('M9. The reader slots of a session', () => {
  it('are at most 20 for one subject, opened at the same time or after each other', async () => {
    await sendMessage('one')
    const statusCodes = await statuses(limits.subjectReaders + 5, 'bob')
    expect(statusCodes.toSorted()).toEqual([...repeat(limits.subjectReaders, 101), ...repeat(5, 429)])
    expect((await watch('latest', 'bob')).status).toBe(429)
    expect((await watch('latest', 'carol')).status).toBe(101)
    // A gateway of an older release names no reader.
    expect((await watch('latest')).status).toBe(101)
  })

  it('include 20 that are reserved for the owner', async () => {
    await sendMessage('one')
    const others = limits.readers / limits.subjectReaders
    for (let n = 0; n < others; n += 1) {
      const expected = n < others - 1 ? 101 : 503
      expect(await statuses(limits.subjectReaders, `reader-${n}`)).toEqual(repeat(limits.subjectReaders, expected))
    }
    expect(await statuses(limits.subjectReaders, 'alice')).toEqual(repeat(limits.subjectReaders, 101))
    expect((await watch('latest', 'alice')).status).not.toBe(101)
  })

  it('are freed when a stream closes, and counted again after an eviction', async () => {
    await sendMessage('one')
    await untilEnded()
    const readers = await Promise.all(Array.from({ length: limits.subjectReaders }, () => watch('latest', 'bob')))
    await evictDurableObject(session)
    expect((await watch('latest', 'bob')).status).toBe(429)
    readers[0]?.close()
    await vi.waitFor(async () => expect((await watch('latest', 'bob')).status).toBe(101))
    expect((await watch('latest', 'bob')).status).toBe(429)
  })
})
