import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Home } from '../../../durable-objects/session-list/session-list.ts'
import { limits } from '../../../shared/api/limits.ts'
import { Subject } from '../../../shared/ids.ts'
import { done, Gate, streams, text } from './scripted-runner.ts'
import {
  alice,
  deltas,
  id,
  last,
  messageInput,
  reopen,
  scriptRunner,
  sendMessage,
  session,
  types,
  untilEnded,
  watch,
} from './session-fixture.ts'

const home = (env.HOME as unknown as DurableObjectNamespace<Home>).getByName('acme/alice')
const listed = async () => (await home.list(200, null)).sessions.some(({ session_id }) => session_id === id)
const trashed = async () => (await home.listTrash(200, null)).sessions.find(({ session_id }) => session_id === id)

/** Lets the time of a deleted session pass: its timer becomes due. */
async function passTrashTime() {
  await runInDurableObject(session, (_, { storage }) => {
    storage.sql.exec("UPDATE due SET at = ? WHERE kind = 'erase'", Date.now())
  })
  await evictDurableObject(session)
  await runInDurableObject(reopen(), (_, { storage }) => storage.setAlarm(Date.now() + 600_000))
  await runDurableObjectAlarm(session)
}

describe('A session in the trash', () => {
  it('has cancelled its turns, closed its readers, and is found by nothing', async () => {
    scriptRunner(text('secret'), new Gate(), done)
    const running = await sendMessage('my secret')
    await sendMessage('a second one')
    const reader = await watch()
    await vi.waitFor(() => expect(deltas(reader.text())).toBe('secret'))
    expect(await session.trash(alice)).toEqual({ ok: true, value: null })
    await vi.waitFor(() => expect(reader.closed()).toBe('deleted'))
    expect(reader.text()).toContain('session.trashed')
    expect(streams.get(running.turn_id)).toBe('closed')
    expect([await listed(), await trashed()]).toMatchObject([false, { title: 'my secret' }])
    for (const _ of ['awake', 'restarted']) {
      const reads = [
        session.summary(alice),
        session.history(alice),
        session.events(alice, '', 10),
        session.read(alice, ''),
        session.turn(alice, running.turn_id),
        session.branches(alice, null),
        session.contextWindow(alice),
        session.rename(alice, 'x'),
        session.pause(alice, true),
        session.reset(alice),
        session.switchBranch(alice, running.turn_id),
        session.cancel(alice, running.turn_id),
        session.decide(alice, 'call', true, alice),
      ]
      for (const read of await Promise.all(reads)) expect(read).toEqual({ ok: false, error: { kind: 'not_found' } })
      expect((await watch()).status).toBe(404)
      expect(await session.send(messageInput('again'))).toEqual({ ok: false, error: { kind: 'session_deleted' } })
      expect(await session.deletion(alice, '2')).toMatchObject({
        text: expect.stringMatching(/^id: [^\n]*\ndata: [^\n]*session\.trashed[^\n]*\n\n$/),
      })
      await evictDurableObject(session)
      reopen()
    }
    expect(await session.owner()).toBe(alice)
  })

  it('is restored with its content, after a repeated trash and a restart', async () => {
    const message = messageInput('keep me')
    const sent = await session.send(message)
    await untilEnded()
    await session.pause(alice, true)
    await session.trash(alice)
    await session.trash(alice)
    expect(await session.send(message)).toEqual({ ok: false, error: { kind: 'session_deleted' } })
    await evictDurableObject(session)
    reopen()
    for (const _ of ['once', 'again']) expect(await session.untrash(alice)).toEqual({ ok: true, value: null })
    expect(await session.summary(alice)).toMatchObject({ value: { title: 'keep me', state: 'paused' } })
    expect(await types()).toEqual(expect.arrayContaining(['turn.ended', 'session.trashed', 'session.untrashed']))
    expect((await types()).filter((type) => type === 'session.trashed')).toHaveLength(1)
    expect([await listed(), await trashed()]).toEqual([true, undefined])
    expect(await session.send(message)).toEqual(sent)
    const due = await runInDurableObject(session, (_, { storage }) => storage.sql.exec('SELECT kind FROM due').toArray())
    expect(due).not.toContainEqual({ kind: 'erase' })
  })

  it('is erased 30 days later, and no sooner', async () => {
    await sendMessage('my secret')
    await untilEnded()
    await session.trash(alice)
    const erasesAt = (await trashed())?.erase_at ?? 0
    expect(erasesAt - Date.now()).toBeGreaterThan(limits.trashMs - 60_000)
    expect(erasesAt - Date.now()).toBeLessThanOrEqual(limits.trashMs + limits.eraseSpreadMs)
    await runDurableObjectAlarm(session)
    expect(await session.untrash(alice)).toEqual({ ok: true, value: null })
    await session.trash(alice)
    await passTrashTime()
    expect(await session.untrash(alice)).toEqual({ ok: false, error: { kind: 'session_deleted' } })
    const stored = await runInDurableObject(session, (_, { storage }) =>
      ['event', 'turn', 'item', 'key', 'meta', 'due']
        .map((table) => JSON.stringify(storage.sql.exec(`SELECT * FROM ${table}`).toArray()))
        .join(),
    )
    expect(stored).not.toMatch(/secret|erase/)
    expect([await listed(), await trashed()]).toEqual([false, undefined])
    expect(await session.unacknowledged('relay', 10)).toMatchObject({ events: [{ type: 'session.deleted' }] })
  })

  it('is erased at once by a deletion for good', async () => {
    await sendMessage('my secret')
    await session.trash(alice)
    expect(await session.remove(alice)).toEqual({ ok: true, value: null })
    expect(await session.untrash(alice)).toEqual({ ok: false, error: { kind: 'session_deleted' } })
    expect(await trashed()).toBeUndefined()
    expect(await session.trash(alice)).toEqual({ ok: true, value: null })
  })

  it('belongs to its owner, and must exist', async () => {
    const mallory = Subject.parse('mallory')
    expect(await session.trash(alice)).toMatchObject({ error: { kind: 'not_found' } })
    await sendMessage('mine')
    await untilEnded()
    expect(await session.trash(mallory)).toMatchObject({ error: { kind: 'not_found' } })
    await session.trash(alice)
    expect(await session.untrash(mallory)).toMatchObject({ error: { kind: 'not_found' } })
    expect(await session.deletion(mallory, '')).toBeNull()
    await session.untrash(alice)
    expect((await last('turn.ended'))?.outcome).toBe('completed')
  })
})
