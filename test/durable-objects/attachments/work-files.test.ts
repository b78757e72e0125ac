/** The working folders of sessions: one spelling per file, quotas, calls that run again, and what is left afterwards. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Attachments } from '../../../durable-objects/worker.ts'
import { limits } from '../../../shared/api/limits.ts'
import { Subject } from '../../../shared/ids.ts'

const objects = env.ATTACHMENTS as unknown as DurableObjectNamespace<Attachments>
const bucket = env.FILES
let count = 0
let tenant: string
let store: DurableObjectStub<Attachments>
beforeEach(() => {
  tenant = `work-${++count}`
  store = objects.getByName(tenant)
})

/** Uploads `text` as a content. `size`: what the object believes. */
async function content(text: string, size = text.length) {
  const key = `${tenant}/${crypto.randomUUID()}`
  await store.begin(key, size, { totalBytes: 10_000_000_000 })
  await bucket.put(key, text)
  return { key, sha256: `sha-of-${text}`, size, mime: 'text/plain', status: 'clean' as const }
}
const write = async (path: string, text: string, options: { session?: string; call?: string; expected?: string; size?: number } = {}) => {
  const { session = 's', size, ...rest } = options
  return store.writeWorkFile({ session, path, content: await content(text, size), ...rest })
}
const paths = async (session = 's', folder = '') => (await store.workFiles(session, folder)).files.map(({ path }) => path)
const sha = async (path: string, session = 's') => (await store.workFile(session, path)).file?.sha256
/** The bucket has `kept` objects of the tenant. */
const expectKeys = (kept: number) =>
  vi.waitFor(async () => {
    await runDurableObjectAlarm(store)
    expect((await bucket.list({ prefix: `${tenant}/` })).objects).toHaveLength(kept)
  })

describe('A working folder', () => {
  it('keeps a file under one path whatever its case, in its first spelling', async () => {
    await write('Notes/Plan.md', 'one')
    await write('notes/PLAN.md', 'two')
    expect(await paths()).toEqual(['Notes/Plan.md'])
    expect(await sha('NOTES/plan.md')).toBe('sha-of-two')
    await expectKeys(1)
  })

  it('lists the files below a folder, and no others', async () => {
    for (const path of ['a/x', 'a/b/y', 'a-c', 'a0', 'b']) await write(path, path)
    expect(await paths('s', 'a')).toEqual(['a/b/y', 'a/x'])
    expect(await paths('s', 'A')).toEqual(['a/b/y', 'a/x'])
    expect(await paths()).toHaveLength(5)
    expect(await paths('other')).toEqual([])
  })

  it('has no path that is a file and a folder', async () => {
    await write('a/b', 'one')
    for (const path of ['a', 'a/b/c', 'A/B/c/d'])
      expect(await write(path, 'two')).toMatchObject({ ok: false, error: { kind: 'path_taken' } })
    await expectKeys(1)
  })

  it('has a limit of bytes and of files, and a refused write leaves nothing', async () => {
    expect(await write('big', 'big', { size: limits.workdirBytes })).toMatchObject({ ok: true })
    expect(await write('more', 'more')).toMatchObject({ ok: false, error: { kind: 'workdir_full' } })
    // Replacing the large file frees its bytes.
    expect(await write('big', 'small')).toMatchObject({ ok: true })
    await runInDurableObject(store, (_, { storage }) => {
      for (let n = 1; n < limits.workdirFiles; n += 1)
        storage.sql.exec("INSERT INTO work_file VALUES ('s', ?1, ?1, 'sha-of-small', 'text/plain', 0)", `f${n}`)
    })
    expect(await write('one-more', 'more')).toMatchObject({ ok: false, error: { kind: 'workdir_full' } })
    await expectKeys(1)
  })

  it('is written once by a call that runs again, also after others have written', async () => {
    await write('f', 'first', { call: 't/1' })
    await write('f', 'second', { call: 't/2' })
    expect(await write('f', 'first', { call: 't/1' })).toMatchObject({ ok: true, value: { sha256: 'sha-of-second' } })
    expect(await sha('f')).toBe('sha-of-second')
    expect(await store.workFile('s', 'f', 't/1')).toMatchObject({ isWritten: true })
    expect(await store.workFile('s', 'f', 't/3')).toMatchObject({ isWritten: false })
    await expectKeys(1)
  })

  it('refuses an edit of a content that was replaced meanwhile', async () => {
    await write('f', 'first')
    await write('f', 'second')
    expect(await write('f', 'edited', { expected: 'sha-of-first' })).toEqual({ ok: false, error: 'changed' })
    expect(await write('f', 'edited', { expected: 'sha-of-second' })).toMatchObject({ ok: true })
    expect(await write('missing', 'edited', { expected: 'sha-of-first' })).toEqual({ ok: false, error: 'changed' })
  })

  it('deletes a file, or a folder with its files', async () => {
    for (const path of ['a/x', 'a/b/y', 'ab']) await write(path, path)
    expect(await store.removeWorkFiles('s', 'A')).toBe(2)
    expect(await store.removeWorkFiles('s', 'a')).toBe(0)
    expect(await paths()).toEqual(['ab'])
    await expectKeys(1)
  })

  it('is copied to a fork, and outlives the deleted session there', async () => {
    await write('f', 'first')
    await store.copyWorkFiles('s', 'fork')
    await write('f', 'changed', { session: 'fork' })
    expect([await sha('f'), await sha('f', 'fork')]).toEqual(['sha-of-first', 'sha-of-changed'])
    await store.copyWorkFiles('s', 'second')
    await store.releaseSession('s')
    expect([await paths('s'), await paths('second')]).toEqual([[], ['f']])
    await expectKeys(2)
  })

  it('of a deleted session gets no late write', async () => {
    await store.releaseSession('s')
    expect(await write('f', 'late')).toMatchObject({ ok: false, error: { kind: 'not_found' } })
    const owner = Subject.parse('alice')
    expect(await store.finish(await content('late'), { filename: 'late', owner, session: 's' })).toBeNull()
    await expectKeys(0)
  })

  it('shares its contents with attachments: the last of both deletes them', async () => {
    const owner = Subject.parse('alice')
    const attachment = await store.finish(await content('same'), { filename: 'same.txt', owner, session: 's' })
    await write('f', 'same')
    await expectKeys(1)
    await store.release(attachment?.id ?? '', ['s'])
    await expectKeys(1)
    await store.removeWorkFiles('s', 'f')
    await expectKeys(0)
  })
})
