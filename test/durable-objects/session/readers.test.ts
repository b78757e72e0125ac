import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { limits } from '../../../shared/api/sessions.ts'
import { done, Gate, text } from './play.ts'
import { alice, answering, deltas, ended, last, say, session, spoken, watch } from './talk.ts'

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

  it('are at most 500; who comes then makes it look for those who have left without a word, once a second', async () => {
    const gate = new Gate()
    answering(text('one '), gate, text('two'), done)
    await say('go')
    await spoken()
    const everyone = await Promise.all(Array.from({ length: limits.readers }, () => watch()))
    expect(everyone.map(({ status }) => status)).toEqual(everyone.map(() => 101))
    const [first] = everyone
    await vi.waitFor(() => expect(deltas(first?.text() ?? '')).toBe('one '))
    expect((await watch()).status).toBe(503)
    expect((await watch()).status).toBe(503)
    // Five events, and four units of the open item: who comes back from here has missed nothing.
    const call = 'id: 5.4\n: still there?\n\n'
    await vi.waitFor(() => expect(everyone.filter(({ text }) => text().endsWith(call))).toHaveLength(limits.readers))
    expect(first?.text().split(call)).toHaveLength(2)
    gate.open()
    await vi.waitFor(() => expect(first?.text()).toContain('turn.ended'))
    expect(deltas(first?.text() ?? '')).toBe('one two')
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
