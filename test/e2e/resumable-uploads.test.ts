/** Resumable uploads, driven by tus-js-client: cut off, continued, and killed. */
import { createHash, randomBytes } from 'node:crypto'
import * as tus from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stack, startStack } from '../support/stack.ts'

const tenant = 'resumable'
let stack: Stack
let authorization: string
beforeAll(async () => {
  stack = await startStack()
  authorization = `Bearer ${await stack.token(tenant, 'alice')}`
}, 150_000)
afterAll(() => stack?.stop())

const endpoint = () => `${stack.url}/v1/uploads/tus`
const call = (method: string, path: string, headers: Record<string, string> = {}, body?: BodyInit) =>
  fetch(path.startsWith('http') ? path : `${stack.url}${path}`, {
    method,
    headers: { authorization, 'tus-resumable': '1.0.0', ...headers },
    ...(body === undefined ? {} : { body }),
  })
const patch = (path: string, offset: number, body: BodyInit, headers: Record<string, string> = {}) =>
  call('PATCH', path, { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset), ...headers }, body)
const start = async (length: number, metadata = '') => {
  const created = await call('POST', '/v1/uploads/tus', {
    'upload-length': String(length),
    ...(metadata && { 'upload-metadata': metadata }),
  })
  expect(created.status, await created.clone().text()).toBe(201)
  return created.headers.get('location') as string
}

interface Run {
  readonly upload: tus.Upload
  /** Resolves at the end: with true when the server has all bytes. */
  readonly done: Promise<boolean>
}

/** Uploads `bytes` in chunks; stops itself after `abortAt` bytes. */
function run(bytes: Buffer, { url, abortAt, chunkSize = 4_000_000 }: { url?: string; abortAt?: number; chunkSize?: number } = {}): Run {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const upload: tus.Upload = new tus.Upload(bytes, {
    endpoint: endpoint(),
    ...(url && { uploadUrl: url }),
    headers: { authorization },
    metadata: { filename: 'large.bin' },
    chunkSize,
    retryDelays: [],
    onProgress(sent) {
      if (abortAt !== undefined && sent >= abortAt) void upload.abort().then(() => resolve(false))
    },
    onError: reject,
    onSuccess: () => resolve(true),
  })
  upload.start()
  return { upload, done: promise }
}

const download = async (url: string) => {
  const { attachment } = (await (await call('GET', url)).json()) as { attachment: { id: string; sha256: string; filename: string } }
  return { attachment, bytes: Buffer.from(await (await call('GET', `/v1/attachments/${attachment.id}`)).arrayBuffer()) }
}
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('A resumable upload', () => {
  const bytes = randomBytes(13_000_001)

  it('continues after it was cut off, and after the stack was killed', async () => {
    const first = run(bytes, { abortAt: 5_000_000 })
    expect(await first.done).toBe(false)
    const url = first.upload.url as string
    const cut = Number((await call('HEAD', url)).headers.get('upload-offset'))
    expect(cut).toBeGreaterThan(0)
    expect(cut).toBeLessThan(bytes.length)
    await stack.kill()
    await stack.restart()
    const kept = Number((await call('HEAD', url)).headers.get('upload-offset'))
    expect(kept).toBe(cut)
    expect(await run(bytes, { url }).done).toBe(true)
    const { attachment, bytes: copy } = await download(url)
    expect(attachment).toMatchObject({ filename: 'large.bin', sha256: sha256(bytes) })
    expect(sha256(copy)).toBe(sha256(bytes))
  }, 150_000)

  it('keeps what arrived of a request that breaks', async () => {
    const url = await start(20)
    let pulls = 0
    const broken = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (pulls++ === 0) return controller.enqueue(new TextEncoder().encode('0123456'))
        await new Promise((resolve) => setTimeout(resolve, 300))
        controller.error(new Error('cut'))
      },
    })
    const init = { method: 'PATCH', duplex: 'half', body: broken } as RequestInit
    const headers = { authorization, 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' }
    await expect(fetch(`${stack.url}${url}`, { ...init, headers })).rejects.toThrow()
    expect((await call('HEAD', url)).headers.get('upload-offset')).toBe('7')
    const rest = await patch(url, 7, '789abcdefghijklmnop'.slice(0, 13))
    expect([rest.status, rest.headers.get('upload-offset')]).toEqual([204, '20'])
    expect((await download(url)).bytes.toString()).toBe('0123456789abcdefghij')
  })

  it('takes pieces of any size, and never more than it announced', async () => {
    const url = await start(6, `filename ${Buffer.from('../a.txt').toString('base64')}`)
    for (const [offset, piece] of [
      [0, 'a'],
      [1, 'bc'],
      [3, 'def-and-more'],
    ] as const)
      expect((await patch(url, offset, piece)).status).toBe(204)
    const { attachment, bytes: copy } = await download(url)
    expect([attachment.filename, copy.toString()]).toEqual(['a.txt', 'abcdef'])
    expect((await patch(url, 6, '')).headers.get('upload-attachment')).toBe(attachment.id)
  })

  it('of nothing is an empty file at once', async () => {
    expect((await download(await start(0))).bytes).toHaveLength(0)
  })

  it('refuses another offset, version, type or length', async () => {
    const url = await start(5)
    const refusals = [
      await patch(url, 3, 'ab'),
      await patch(url, 0, 'ab', { 'tus-resumable': '0.2.2' }),
      await patch(url, 0, 'ab', { 'content-type': 'text/plain' }),
      await patch(url, -1, 'ab'),
      await call('POST', '/v1/uploads/tus', { 'upload-length': '25000001' }),
      await call('POST', '/v1/uploads/tus', {}),
      await call('POST', '/v1/uploads/tus', { 'upload-length': '5', 'upload-metadata': 'filename ***' }),
      await call('POST', '/v1/uploads/tus', { 'upload-length': '5', 'upload-metadata': `session_id ${btoa('nowhere')}` }),
    ]
    expect(refusals.map(({ status }) => status)).toEqual([409, 412, 415, 400, 413, 400, 400, 404])
    expect(refusals[1]?.headers.get('tus-version')).toBe('1.0.0')
    expect((await call('HEAD', url)).headers.get('upload-offset')).toBe('0')
  })

  it('is its user’s own, and ends when they say so', async () => {
    const url = await start(5)
    const bob = { authorization: `Bearer ${await stack.token(tenant, 'bob')}` }
    const other = { authorization: `Bearer ${await stack.token('another', 'alice')}` }
    for (const headers of [bob, other])
      expect([
        (await call('HEAD', url, headers)).status,
        (await patch(url, 0, 'x', headers)).status,
        (await call('DELETE', url, headers)).status,
      ]).toEqual([404, 404, 404])
    expect((await call('DELETE', url)).status).toBe(204)
    expect((await call('HEAD', url)).status).toBe(404)
    expect((await call('HEAD', '/v1/uploads/tus/x')).status).toBe(404)
  })
})
