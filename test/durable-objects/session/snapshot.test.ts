import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../../shared/events/event.ts'
import { emptySession, fold } from '../../../shared/session/session.ts'
import { runner } from '../worker.ts'
import { done, play, text } from './scripted-runner.ts'
import { alice, disk, log, newDisk, restoreSnapshot, sendMessage, session, snapshot, untilEnded } from './snapshot-fixture.ts'

describe('A snapshot', () => {
  it('shows one instant, while the session continues', async () => {
    await sendMessage('hi')
    await untilEnded(1)
    const stream = await session.snapshot()
    await sendMessage('more')
    await untilEnded(2)
    const lines = (await new Response(stream).text()).trimEnd().split('\n')
    expect(lines.join()).not.toContain('more')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'end', rows: { turn: 1, key: 1 } })
  })

  it('is invalid if the session is deleted meanwhile', async () => {
    // More than a stream prefetches.
    for (let n = 0; n < 8; n++) {
      runner.run = play(text('x'.repeat(200_000)), done)
      await sendMessage('hi')
      await untilEnded(n + 1)
    }
    const reader = (await session.snapshot())?.getReader()
    await reader?.read()
    await session.remove(alice)
    let rest = ''
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) break
      rest += new TextDecoder().decode(value)
    }
    expect(rest.trimEnd().split('\n').at(-1)).toBe('{"type":"void"}')
  })

  it('is null without a session, and writes nothing', async () => {
    expect(await session.snapshot()).toBeNull()
    expect(await disk()).toEqual({})
  })
})

describe('An event of an unknown type', () => {
  it('passes readers, folds, pages, consumers and snapshots unchanged', async () => {
    await sendMessage('hi')
    await untilEnded(1)
    const recorded = await log()
    const at = recorded.at(-1)?.at ?? 0
    const seq = recorded.length + 1
    const body = { type: 'mood.guessed', mood: 'sunny', turn_id: 'not-a-turn' }
    await runInDurableObject(session, (_, { storage }) =>
      storage.sql.exec('INSERT INTO event VALUES (?, ?, ?, NULL, ?)', seq, at, body.type, JSON.stringify(body)),
    )
    await evictDurableObject(session)
    const unknownEvent = { seq, at, ...body }
    expect(await log()).toEqual([...recorded, unknownEvent])
    const page = await session.read(alice, `${seq - 1}`)
    expect(page).toMatchObject({ value: { text: `id: ${seq}\ndata: ${JSON.stringify(unknownEvent)}\n\n`, cursor: `${seq}` } })
    expect((await session.unacknowledged('relay', 500))?.events.at(-1)).toEqual(unknownEvent)
    expect([...recorded, unknownEvent as unknown as Event].reduce(fold, emptySession)).toEqual({
      ...recorded.reduce(fold, emptySession),
      seq,
    })
    await sendMessage('go on')
    await untilEnded(2)
    expect((await log())[seq - 1]).toEqual(unknownEvent)
    expect(await session.history(alice)).toMatchObject({ value: { turns: [{ outcome: 'completed' }, { outcome: 'completed' }] } })
    const lines = await snapshot()
    await newDisk()
    await restoreSnapshot(lines)
    expect((await log())[seq - 1]).toEqual(unknownEvent)
  })
})
