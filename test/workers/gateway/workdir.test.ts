/** The routes of working folders, over the gateway, the tenant's attachments and the bucket. */
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { limits } from '../../../shared/api/limits.ts'
import { client, token } from './client.ts'

async function member(tenant: string, subject: string) {
  const authorization = `Bearer ${await token(tenant, subject, '')}`
  const call = (method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}) =>
    exports.default.fetch(
      new Request(`https://soma.test/v1/workdir/${path}`, {
        method,
        headers: { authorization, ...headers },
        ...(body !== undefined && { body }),
      }),
    )
  return {
    ...(await client(tenant, subject, '')),
    upload(session: string, files: readonly (readonly [string, string])[], folder?: string) {
      const form = new FormData()
      form.append('session_id', session)
      if (folder !== undefined) form.append('path', folder)
      for (const [name, text] of files) form.append('files[]', new File([text], name))
      return call('POST', 'upload', form)
    },
    list: (session: string, path = '') => call('GET', `list?${new URLSearchParams({ session_id: session, path })}`),
    download: (session: string, path: string, headers = {}) =>
      call('GET', `download?${new URLSearchParams({ session_id: session, path })}`, undefined, headers),
    remove: (session: string, path: string) =>
      call('POST', 'delete', JSON.stringify({ session_id: session, path }), { 'content-type': 'application/json' }),
  }
}

async function withSession(tenant: string) {
  const alice = await member(tenant, 'alice')
  const sent = await alice.call('POST', '/v1/sessions/message', { message: 'hello' })
  return { alice, session: ((await sent.json()) as { session_id: string }).session_id }
}

/** The status, after the whole response: an upload counts as heavy until then. */
async function statusOf(response: Promise<Response>): Promise<number> {
  await (await response).arrayBuffer()
  return (await response).status
}

describe('A working folder', () => {
  it('takes files, lists folders first, and gives the files back for saving', async () => {
    const { alice, session } = await withSession('wd-1')
    const uploaded = await alice.upload(
      session,
      [
        ['a.html', '<script>alert(1)</script>'],
        ['b.md', 'text'],
      ],
      'notes/',
    )
    expect([uploaded.status, await uploaded.json()]).toMatchObject([200, { files: [{ path: 'notes/a.html' }, { path: 'notes/b.md' }] }])
    await alice.upload(session, [['c.csv', 'a,b\n1,2']])
    expect(await (await alice.list(session)).json()).toMatchObject({
      current_path: '',
      parent_path: '',
      entries: [
        { name: 'notes', path: 'notes', is_dir: true, size: 29 },
        { name: 'c.csv', is_dir: false, mime: 'text/csv', status: 'clean' },
      ],
      usage: { files: 3, bytes: 36, max_files: limits.workdirFiles, max_bytes: limits.workdirBytes },
    })
    expect(await (await alice.list(session, '/notes')).json()).toMatchObject({
      current_path: 'notes',
      entries: [{ name: 'a.html' }, { name: 'b.md' }],
    })
    const page = await alice.download(session, 'notes/a.html')
    expect([page.status, await page.text()]).toEqual([200, '<script>alert(1)</script>'])
    expect(page.headers.get('content-disposition')).toContain('attachment')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect(page.headers.get('content-security-policy')).toContain('sandbox')
    const range = await alice.download(session, 'notes/b.md', { range: 'bytes=1-2' })
    expect([range.status, await range.text()]).toEqual([206, 'ex'])
  })

  it('deletes a file, or a folder with its files', async () => {
    const { alice, session } = await withSession('wd-2')
    await alice.upload(
      session,
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'x',
    )
    expect(await (await alice.remove(session, 'x/a')).json()).toEqual({ path: 'x/a', deleted: 1 })
    expect((await alice.download(session, 'x/a')).status).toBe(404)
    expect(await (await alice.remove(session, 'x')).json()).toEqual({ path: 'x', deleted: 1 })
    expect((await alice.remove(session, 'x')).status).toBe(404)
    expect((await alice.list(session, 'x')).status).toBe(404)
    expect((await alice.remove(session, '/')).status).toBe(400)
  })

  it.each(['../x', 'a/../../x', '..\\x', '%2e%2e/x', '\uff0e\uff0e/x', 'x\0', 'a/.. /x'])('refuses the path %j', async (path) => {
    const { alice, session } = await withSession('wd-3')
    for (const response of [
      await alice.list(session, path),
      await alice.download(session, path),
      await alice.remove(session, path),
      await alice.upload(session, [['f', '1']], path),
    ])
      expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ pointer: '/path' }] }])
  })

  it('needs the session before the files', async () => {
    const { alice } = await withSession('wd-4')
    const form = new FormData()
    form.append('files[]', new File(['1'], 'a'))
    const authorization = `Bearer ${await token('wd-4', 'alice', '')}`
    const response = await exports.default.fetch(
      new Request('https://soma.test/v1/workdir/upload', { method: 'POST', headers: { authorization }, body: form }),
    )
    expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ pointer: '/session_id' }] }])
    expect(await statusOf(alice.upload('nowhere', [['a', '1']]))).toBe(404)
  })

  it('does not exist for users that the session is not shared with, and viewers only read it', async () => {
    const { alice, session } = await withSession('wd-5')
    await alice.upload(session, [['a.txt', 'mine']])
    const bob = await member('wd-5', 'bob')
    const attempts = async () => [
      await statusOf(bob.list(session)),
      await statusOf(bob.download(session, 'a.txt')),
      await statusOf(bob.upload(session, [['b.txt', 'his']])),
      await statusOf(bob.remove(session, 'a.txt')),
    ]
    expect(await attempts()).toEqual([404, 404, 404, 404])
    const shared = { writes: [{ object: `session:${session}`, relation: 'viewer', user: 'user:bob' }] }
    expect((await alice.call('POST', '/v1/relations', shared)).status).toBe(200)
    expect(await attempts()).toEqual([200, 200, 404, 403])
    const other = await member('wd-6', 'alice')
    expect((await other.download(session, 'a.txt')).status).toBe(404)
  })

  it('ends with its session', async () => {
    const { alice, session } = await withSession('wd-7')
    await alice.upload(session, [['a.txt', 'mine']])
    expect((await alice.call('DELETE', `/v1/sessions/${session}`)).status).toBe(204)
    expect([(await alice.list(session)).status, (await alice.download(session, 'a.txt')).status]).toEqual([404, 404])
  })
})
