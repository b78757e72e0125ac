/** Uploads and downloads, over the gateway, the tenant's attachments and the bucket. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Attachments } from '../../../../durable-objects/worker.ts'
import type { Attachment } from '../../../../shared/api/attachments.ts'
import { limits } from '../../../../shared/api/limits.ts'
import { partBytes } from '../../../../shared/attachment/part-writer.ts'
import { type Client, client, token } from '../client.ts'

const { FILES: bucket, ATTACHMENTS } = env as unknown as GatewayEnv
const objects = ATTACHMENTS as unknown as DurableObjectNamespace<Attachments>
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52])

interface FileClient extends Client {
  send(body: BodyInit, headers?: Record<string, string>): Promise<Response>
  upload(files: readonly (readonly [string, string | Uint8Array])[], session?: string): Promise<Response>
  get(id: string, headers?: Record<string, string>, method?: string): Promise<Response>
}

async function files(tenant: string, subject: string, scopes = ''): Promise<FileClient> {
  const authorization = `Bearer ${await token(tenant, subject, scopes)}`
  const send: FileClient['send'] = (body, headers = {}) =>
    exports.default.fetch(new Request('https://soma.test/v1/uploads', { method: 'POST', headers: { authorization, ...headers }, body }))
  return {
    ...(await client(tenant, subject, scopes)),
    send,
    upload(content, session) {
      const form = new FormData()
      if (session !== undefined) form.append('session_id', session)
      for (const [name, bytes] of content) form.append('files[]', new File([bytes as string], name))
      return send(form)
    },
    get: (id, headers = {}, method = 'GET') =>
      exports.default.fetch(new Request(`https://soma.test/v1/attachments/${id}`, { method, headers: { authorization, ...headers } })),
  }
}

const uploaded = async (response: Response): Promise<Attachment[]> => {
  expect(response.status, await response.clone().text()).toBe(200)
  return ((await response.json()) as { attachments: Attachment[] }).attachments
}
const uploadOne = async (user: FileClient, content: string | Uint8Array, name = 'note.txt', session?: string): Promise<Attachment> => {
  const [attachment] = await uploaded(await user.upload([[name, content]], session))
  return attachment as Attachment
}
const keysOf = async (tenant: string): Promise<string[]> => (await bucket.list({ prefix: `${tenant}/` })).objects.map(({ key }) => key)
/** The bytes of a tenant become `count` objects of the bucket. */
const expectKeys = (tenant: string, count: number) =>
  vi.waitFor(async () => {
    await runDurableObjectAlarm(objects.getByName(tenant))
    expect(await keysOf(tenant)).toHaveLength(count)
  })
const rows = (tenant: string, table: string) =>
  runInDurableObject(objects.getByName(tenant), (_, { storage }) => storage.sql.exec(`SELECT * FROM ${table}`).toArray())
const say = async (user: FileClient, body: object) => {
  const response = await user.call('POST', '/v1/sessions/message', { message: 'look', ...body })
  expect(response.status, await response.clone().text()).toBe(200)
  return ((await response.json()) as { session_id: string }).session_id
}

describe('An upload', () => {
  it('stores files with their names, sizes, hashes and types by content', async () => {
    const alice = await files('up-1', 'alice')
    const attachments = await uploaded(
      await alice.upload([
        ['../../etc/näme\u202e.txt', 'hello'],
        ['picture.txt', png],
        ['table.csv', 'a,b\n1,2'],
      ]),
    )
    expect(attachments.map(({ filename, mime, size }) => ({ filename, mime, size }))).toEqual([
      { filename: 'näme.txt', mime: 'text/plain', size: 5 },
      { filename: 'picture.txt', mime: 'image/png', size: png.length },
      { filename: 'table.csv', mime: 'text/csv', size: 7 },
    ])
    expect(attachments[0]?.sha256).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824')
    expect(attachments[0]?.expires_at).toBeGreaterThan(Date.now() + limits.unusedAttachmentMs - 60_000)
  })

  it('keeps a file of several parts to the byte', async () => {
    const alice = await files('up-2', 'alice')
    const bytes = new Uint8Array(partBytes + 12_345)
    for (let offset = 0; offset < bytes.length; offset += 65_536) crypto.getRandomValues(bytes.subarray(offset, offset + 65_536))
    const { id, size } = await uploadOne(alice, bytes, 'large.bin')
    expect(size).toBe(bytes.length)
    const copy = new Uint8Array(await (await alice.get(id)).arrayBuffer())
    expect(copy.length).toBe(bytes.length)
    expect(new Uint8Array(await crypto.subtle.digest('SHA-256', copy))).toEqual(
      new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
    )
  })

  it('stores the same content once per workspace, and never shares it between workspaces', async () => {
    const [alice, bob, other] = await Promise.all([files('up-3', 'alice'), files('up-3', 'bob'), files('up-3b', 'alice')])
    const [first, second, foreign] = [await uploadOne(alice, 'same'), await uploadOne(bob, 'same'), await uploadOne(other, 'same')]
    expect(first?.id).not.toBe(second?.id)
    await expectKeys('up-3', 1)
    expect(await keysOf('up-3b')).toHaveLength(1)
    expect(await (await bob.get(second?.id ?? '')).text()).toBe('same')
    expect((await bob.get(first?.id ?? '')).status).toBe(404)
    expect((await alice.get(foreign?.id ?? '')).status).toBe(404)
  })

  it('leaves nothing when the client is cut off', async () => {
    const alice = await files('up-4', 'alice')
    const head = new TextEncoder().encode('--x\r\nContent-Disposition: form-data; name="files[]"; filename="a.bin"\r\n\r\n')
    let chunks = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (chunks === 0) controller.enqueue(head)
        else if (chunks < 200) controller.enqueue(new Uint8Array(65_536).fill(7))
        else controller.close()
        chunks += 1
      },
    })
    const response = await alice.send(body, { 'content-type': 'multipart/form-data; boundary=x' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ detail: 'The body ends before its last boundary.' })
    await expectKeys('up-4', 0)
    expect(await rows('up-4', 'writing')).toEqual([])
    expect(await rows('up-4', 'orphan')).toEqual([])
  })

  it('deletes what an upload has left behind when its Worker ended', async () => {
    const object = objects.getByName('up-5')
    await object.begin('up-5/lost', 10, { totalBytes: 100 })
    const parts = await bucket.createMultipartUpload('up-5/lost')
    await object.startParts('up-5/lost', parts.uploadId)
    await parts.uploadPart(1, new Uint8Array(partBytes))
    await runInDurableObject(object, (_, { storage }) => void storage.sql.exec('UPDATE writing SET expires_at = 1'))
    await runDurableObjectAlarm(object)
    await expect(parts.uploadPart(2, new Uint8Array(partBytes))).rejects.toThrow(/10024|not exist/)
    expect(await rows('up-5', 'orphan')).toEqual([])
    expect(
      await object.finish(
        { key: 'up-5/lost', sha256: 'a', size: 1, mime: 'a/b', status: 'clean' },
        { filename: 'f', owner: 'alice' as never },
      ),
    ).toBeNull()
  })

  it('deletes a file that no message carries after a day', async () => {
    const alice = await files('up-6', 'alice')
    const { id } = await uploadOne(alice, 'unused')
    await runInDurableObject(objects.getByName('up-6'), (_, { storage }) => void storage.sql.exec('UPDATE attachment SET expires_at = 1'))
    await expectKeys('up-6', 0)
    expect((await alice.get(id)).status).toBe(404)
  })

  it.each([
    ['no file', () => new FormData(), 400, '/files[]'],
    ['an unknown field', () => formOf({ note: 'x' }), 400, '/note'],
    ['a file under another name', () => formOf({ document: new File(['x'], 'x.txt') }), 400, '/document'],
    ['a session after a file', () => formOf({ 'files[]': new File(['x'], 'x.txt'), session_id: 's' }), 400, '/session_id'],
    ['a session of nobody', () => formOf({ session_id: 'nowhere', 'files[]': new File(['x'], 'x.txt') }), 404, undefined],
  ])('refuses a form with %s, and keeps none of it', async (_, form, status, pointer) => {
    const alice = await files('up-7', 'alice')
    const response = await alice.send(form())
    expect(response.status).toBe(status)
    const problem = (await response.json()) as { errors?: { pointer: string }[] }
    expect(problem.errors?.[0]?.pointer).toBe(pointer)
    await expectKeys('up-7', 0)
  })

  it.each([
    ['a type that is no form', 'multipart/mixed; boundary=x', 'The files'],
    ['no boundary', 'multipart/form-data', 'The files'],
  ])('refuses %s', async (_, type) => {
    const alice = await files('up-8', 'alice')
    expect((await alice.send('--x--', { 'content-type': type })).status).toBeOneOf([400, 415])
  })

  it('keeps within the limits of the workspace', async () => {
    const admin = await files('up-9', 'root', 'admin')
    const change = await admin.call('PUT', '/v1/settings', {
      version: 0,
      uploads: { max_file_bytes: 1_000, total_bytes: 1_500, allow: ['text/*', 'image/png'], deny: ['text/csv'] },
    })
    expect(change.status, await change.clone().text()).toBe(200)
    const refusals: { status: number; type: string }[] = []
    for (const content of [
      [['large.txt', 'x'.repeat(1_001)]],
      [
        ['fine.txt', 'x'],
        ['page.pdf', '%PDF-1.7\n%âãÏÓ'],
      ],
      [['table.csv', 'a,b']],
    ] as const)
      refusals.push((await (await admin.upload(content)).json()) as { status: number; type: string })
    expect(refusals.map(({ status, type }) => [status, type])).toEqual([
      [413, '/problems/file_too_large'],
      [415, '/problems/file_type_refused'],
      [415, '/problems/file_type_refused'],
    ])
    await uploadOne(admin, 'y'.repeat(900))
    const full = await admin.upload([['more.txt', 'z'.repeat(900)]])
    expect([full.status, await full.json()]).toMatchObject([507, { type: '/problems/files_full' }])
    expect(await rows('up-9', 'writing')).toEqual([])
    expect(await rows('up-9', 'meta')).toMatchObject([{ bytes: 900 }])
    await expectKeys('up-9', 1)
  })

  it('needs the right to send messages', async () => {
    const admin = await files('up-10', 'root', 'admin')
    await files('up-10', 'vera')
    expect((await admin.call('PUT', '/v1/users/vera', { role: 'viewer' })).status).toBeOneOf([200, 404])
    const form = formOf({ 'files[]': new File(['x'], 'x.txt') })
    expect((await exports.default.fetch(new Request('https://soma.test/v1/uploads', { method: 'POST', body: form }))).status).toBe(401)
  })
})

describe('A download', () => {
  it('is saved by browsers, and never run', async () => {
    const alice = await files('down-1', 'alice')
    const { id, sha256 } = await uploadOne(alice, '<script>alert(1)</script>', 'evil "page".html')
    const response = await alice.get(id)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-disposition': `attachment; filename="evil _page_.html"; filename*=UTF-8''evil%20%22page%22.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'private, no-cache',
      etag: `"${sha256}"`,
    })
    expect(await response.text()).toBe('<script>alert(1)</script>')
  })

  it('answers ranges and validators', async () => {
    const alice = await files('down-2', 'alice')
    const { id, sha256 } = await uploadOne(alice, '0123456789')
    const range = async (headers: Record<string, string>) => {
      const response = await alice.get(id, headers)
      return [response.status, response.headers.get('content-range'), await response.text()]
    }
    expect(await range({ range: 'bytes=2-4' })).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await range({ range: 'bytes=7-' })).toEqual([206, 'bytes 7-9/10', '789'])
    expect(await range({ range: 'bytes=-3' })).toEqual([206, 'bytes 7-9/10', '789'])
    expect(await range({ range: 'bytes=8-99' })).toEqual([206, 'bytes 8-9/10', '89'])
    expect(await range({ range: 'bytes=10-' })).toEqual([416, 'bytes */10', ''])
    expect(await range({ range: 'bytes=1-2,4-5' })).toEqual([200, null, '0123456789'])
    expect(await range({ range: 'bytes=2-4', 'if-range': '"other"' })).toEqual([200, null, '0123456789'])
    expect(await range({ 'if-none-match': `W/"${sha256}"` })).toEqual([304, null, ''])
    const head = await alice.get(id, {}, 'HEAD')
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', ''])
  })
})

describe('A file of a message', () => {
  it('belongs to the session, and is in its history and its events', async () => {
    const alice = await files('msg-1', 'alice')
    const { id, filename, mime, size } = await uploadOne(alice, 'attached')
    const session = await say(alice, { attachments: [id] })
    const refs = [{ id, filename, mime, size }]
    const history = (await (await alice.call('GET', `/v1/sessions/${session}/history`)).json()) as { turns: { items: unknown[] }[] }
    expect(history.turns[0]?.items[0]).toMatchObject({ role: 'user', attachments: refs })
    const { events } = (await (await alice.call('GET', `/v1/sessions/${session}/events`)).json()) as { events: { type: string }[] }
    expect(events.find(({ type }) => type === 'item.added')).toMatchObject({ attachments: refs })
    const list = (await (await alice.call('GET', `/v1/sessions/${session}/attachments`)).json()) as { attachments: Attachment[] }
    expect(list.attachments).toMatchObject([{ id, expires_at: null }])
    const window = (await (await alice.call('GET', `/v1/sessions/${session}/context-window`)).json()) as { messages: { text: string }[] }
    expect(window.messages[0]?.text).toContain(`"note.txt" (text/plain, 8 bytes, id ${id})`)
  })

  it('is refused if the sender may not read it', async () => {
    const [alice, bob] = await Promise.all([files('msg-2', 'alice'), files('msg-2', 'bob')])
    const { id } = await uploadOne(alice, 'private')
    for (const attachments of [[id], [crypto.randomUUID()], ['x'], Array(11).fill(id)]) {
      const response = await bob.call('POST', '/v1/sessions/message', { message: 'look', attachments })
      expect(response.status).toBe(400)
      expect(((await response.json()) as { errors: { pointer: string }[] }).errors[0]?.pointer).toMatch(/^\/attachments/)
    }
    const session = await say(alice, { attachments: [id] })
    expect((await bob.get(id)).status).toBe(404)
    expect((await bob.call('GET', `/v1/sessions/${session}/attachments`)).status).toBe(404)
    expect((await bob.call('DELETE', `/v1/attachments/${id}`)).status).toBe(404)
  })

  it('can be read by those with whom the session is shared, while it is', async () => {
    const [alice, bob] = await Promise.all([files('msg-3', 'alice'), files('msg-3', 'bob')])
    const { id } = await uploadOne(alice, 'shared')
    const session = await say(alice, { attachments: [id] })
    const tuple = { object: `session:${session}`, relation: 'viewer', user: 'user:bob' }
    expect((await alice.call('POST', '/v1/relations', { writes: [tuple] })).status).toBe(200)
    expect(await (await bob.get(id)).text()).toBe('shared')
    expect((await bob.upload([['x.txt', 'x']], session)).status).toBe(404)
    expect((await bob.call('DELETE', `/v1/attachments/${id}`)).status).toBe(404)
    expect((await alice.call('POST', '/v1/relations', { deletes: [tuple] })).status).toBe(200)
    expect((await bob.get(id)).status).toBe(404)
  })

  it('repeats with its key, and differs from the message without it', async () => {
    const alice = await files('msg-4', 'alice')
    const { id } = await uploadOne(alice, 'once')
    const event_id = crypto.randomUUID()
    const session = await say(alice, { attachments: [id], event_id })
    expect(await say(alice, { attachments: [id], event_id })).toBe(session)
    expect((await alice.call('POST', '/v1/sessions/message', { message: 'look', event_id })).status).toBe(409)
  })

  it('is deleted with its session, and stays where another session has it', async () => {
    const alice = await files('msg-5', 'alice')
    const [own, forked] = [await uploadOne(alice, 'only here'), await uploadOne(alice, 'in both')]
    const first = await say(alice, { attachments: [own.id, forked.id] })
    const second = await say(alice, { attachments: [forked.id] })
    expect((await alice.call('DELETE', `/v1/sessions/${first}`)).status).toBe(204)
    await vi.waitFor(async () => expect((await alice.get(own.id)).status).toBe(404))
    expect(await (await alice.get(forked.id)).text()).toBe('in both')
    await expectKeys('msg-5', 1)
    expect((await alice.call('DELETE', `/v1/sessions/${second}`)).status).toBe(204)
    await expectKeys('msg-5', 0)
    expect(await rows('msg-5', 'meta')).toMatchObject([{ bytes: 0 }])
  })

  it('is listed for those who may read its session, if there is one', async () => {
    const reader = await files('msg-9', 'auditor', 'sessions:read_all')
    expect((await reader.call('GET', '/v1/sessions/no-such-session/attachments')).status).toBe(404)
  })

  it('cannot be read while its session is in the trash', async () => {
    const alice = await files('msg-6', 'alice')
    const { id } = await uploadOne(alice, 'trashed')
    const session = await say(alice, { attachments: [id] })
    await alice.call('POST', `/v1/sessions/${session}/trash`)
    expect((await alice.get(id)).status).toBe(404)
    await alice.call('POST', `/v1/sessions/${session}/untrash`)
    expect((await alice.get(id)).status).toBe(200)
  })

  it('gives no access by an imported log that names it', async () => {
    const [alice, bob] = await Promise.all([files('msg-7', 'alice'), files('msg-7', 'bob')])
    const { id, filename, mime, size } = await uploadOne(alice, 'private')
    await say(alice, { attachments: [id] })
    const events = [
      { type: 'session.created' },
      { type: 'turn.accepted', turn_id: 't', event_id: 'e', position: 0 },
      { type: 'item.added', turn_id: 't', item_id: 'i', role: 'user', text: 'mine', attachments: [{ id, filename, mime, size }] },
      { type: 'turn.ended', turn_id: 't', outcome: 'cancelled' },
    ].map((event, index) => ({ seq: index + 1, at: Date.UTC(2025, 0, 1), ...event }))
    const imported = await bob.call('POST', '/v1/sessions/import', { version: 'soma-1', events })
    expect(imported.status, await imported.clone().text()).toBe(200)
    const { ctxids } = (await imported.json()) as { ctxids: string[] }
    const again = await bob.call('POST', `/v1/sessions/${ctxids[0]}/turns/t/regenerate`, {})
    expect(again.status).toBe(200)
    expect((await bob.get(id)).status).toBe(404)
    const [, response] = [await bob.call('POST', `/v1/sessions/${ctxids[0]}/fork`, { turn_id: 't' }), await bob.get(id)]
    expect(response.status).toBe(404)
  })

  it('is deleted by its user from their sessions alone', async () => {
    const alice = await files('msg-8', 'alice')
    const { id } = await uploadOne(alice, 'gone')
    const session = await say(alice, { attachments: [id] })
    expect((await alice.call('DELETE', `/v1/attachments/${id}`)).status).toBe(204)
    expect((await alice.get(id)).status).toBe(404)
    expect((await alice.call('GET', `/v1/sessions/${session}/history`)).status).toBe(200)
  })
})

function formOf(fields: Readonly<Record<string, string | File>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}
