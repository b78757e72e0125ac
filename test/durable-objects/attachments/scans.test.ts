/** Files before and after the scanner's verdict, with a scanner that works, finds, fails, hangs and lies. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Attachments } from '../../../durable-objects/worker.ts'
import type { Attachment } from '../../../shared/api/attachments.ts'
import { Subject } from '../../../shared/ids.ts'

const objects = env.ATTACHMENTS as unknown as DurableObjectNamespace<Attachments>
let count = 0
let tenant: string
let store: DurableObjectStub<Attachments>
beforeEach(() => {
  tenant = `scan-${++count}`
  store = objects.getByName(tenant)
  for (const method of ['error', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

type Answer = (file: string, headers: Headers) => Response | Promise<Response>

/** Configures a scanner that answers so. Returns the files that it got. */
async function scanner(answer: Answer, fail = 'closed'): Promise<string[]> {
  const files: string[] = []
  await runInDurableObject(store, (instance) => {
    const settings = { SOMA_SCANNER_URL: 'http://scanner.test/', SOMA_SCANNER_TOKEN: 'right', SOMA_SCANNER_FAIL: fail }
    Object.assign(instance, { env: { ...(instance as unknown as { env: object }).env, ...settings } })
  })
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input as RequestInfo, init as RequestInit)
    expect([request.url, request.redirect]).toEqual(['http://scanner.test/', 'manual'])
    const file = await request.text()
    files.push(file)
    return answer(file, request.headers)
  })
  return files
}
const found = (finding: string) => Response.json({ status: 'infected', finding })
const clean = () => Response.json({ status: 'clean' })

async function upload(text: string): Promise<Attachment> {
  const key = `${tenant}/${crypto.randomUUID()}`
  await store.begin(key, text.length, { totalBytes: 1_000_000 })
  await env.FILES.put(key, text)
  const content = { key, sha256: `sha-of-${text}`, size: text.length, mime: 'text/plain', status: 'clean' as const }
  const attachment = await store.finish(content, { filename: 'a.txt', owner: Subject.parse('alice'), session: 's' })
  return attachment as Attachment
}
const scanned = (attachment: Attachment, waitMs = 5_000) => store.scanned(attachment.sha256, waitMs)
/** Makes a repetition due now, and waits until the status is no longer pending, or for the scan. */
async function again(attachment: Attachment) {
  await runInDurableObject(store, (_, { storage }) => void storage.sql.exec('UPDATE scan SET at = 0'))
  await runDurableObjectAlarm(store)
  return scanned(attachment)
}

describe('A file with a scanner', () => {
  it('is pending until the scanner accepts it', async () => {
    let accept = () => {}
    const accepted = new Promise<void>((resolve) => {
      accept = resolve
    })
    const files = await scanner(async (_, headers) => {
      expect([headers.get('authorization'), headers.get('x-file-size')]).toEqual(['Bearer right', '5'])
      await accepted
      return clean()
    })
    const attachment = await upload('hello')
    expect(attachment).toMatchObject({ status: 'pending', finding: null })
    expect(await scanned(attachment, 10)).toMatchObject({ status: 'pending' })
    accept()
    expect(await scanned(attachment)).toEqual({ status: 'clean', finding: null })
    expect(await store.find(attachment.id)).toMatchObject({ status: 'clean' })
    expect(files).toEqual(['hello'])
  })

  it('stays in quarantine with the name of what was found, also when it is uploaded again', async () => {
    const files = await scanner(() => found('Eicar\n\u202eTest'))
    const attachment = await upload('virus')
    expect(await scanned(attachment)).toEqual({ status: 'quarantined', finding: 'Eicar  Test' })
    expect(await upload('virus')).toMatchObject({ status: 'quarantined', finding: 'Eicar  Test' })
    expect(files).toHaveLength(1)
  })

  it.each<[string, Answer]>([
    ['an error', () => new Response('clean', { status: 500 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'http://elsewhere.test/' } })],
    ['text', () => new Response('OK')],
    ['nothing', () => new Response(null)],
    ['cut JSON', () => new Response('{"status":"clean"')],
    ['another status', () => Response.json({ status: 'CLEAN' })],
    ['an endless answer', () => new Response(`{"status":"clean"}${' '.repeat(100_000)}`)],
    ['no connection', () => Promise.reject(new TypeError('connection refused'))],
  ])('waits, and is scanned again, after %s', async (_, broken) => {
    let isBroken = true
    await scanner((file, headers) => (isBroken ? broken(file, headers) : clean()))
    const attachment = await upload('hello')
    for (let attempt = 0; attempt < 4; attempt += 1) expect(await again(attachment)).toMatchObject({ status: 'pending' })
    isBroken = false
    expect(await again(attachment)).toMatchObject({ status: 'clean' })
  })

  it('is accepted unscanned after three attempts, where the operator says so', async () => {
    const files = await scanner(() => new Response(null, { status: 503 }), 'open')
    const attachment = await upload('hello')
    expect(await scanned(attachment)).toMatchObject({ status: 'pending' })
    expect(await again(attachment)).toMatchObject({ status: 'pending' })
    expect(await again(attachment)).toMatchObject({ status: 'clean' })
    expect(files).toHaveLength(3)
  })

  it('that is too large for the scanner is not readable, unless the operator says so', async () => {
    await scanner(() => new Response(null, { status: 413 }))
    expect(await scanned(await upload('large'))).toEqual({ status: 'quarantined', finding: 'too large for the scanner' })
    tenant = `scan-${++count}`
    store = objects.getByName(tenant)
    vi.restoreAllMocks()
    await scanner(() => new Response(null, { status: 413 }), 'open')
    expect(await scanned(await upload('large'))).toMatchObject({ status: 'clean' })
  })

  it('goes on waiting when the scanner is taken away', async () => {
    await scanner(() => new Response(null, { status: 503 }))
    const attachment = await upload('hello')
    await scanned(attachment)
    await runInDurableObject(store, (instance) => {
      Object.assign(instance, { env: { ...(instance as unknown as { env: object }).env, SOMA_SCANNER_URL: '' } })
    })
    expect(await again(attachment)).toMatchObject({ status: 'pending' })
  })

  it('is scanned four at a time, and each of many in the end', async () => {
    let running = 0
    let most = 0
    const files = await scanner(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise((done) => setTimeout(done, 5))
      running -= 1
      return clean()
    })
    const attachments = await Promise.all(Array.from({ length: 12 }, (_, n) => upload(`file ${n}`)))
    await vi.waitFor(async () => {
      for (const { id } of attachments) expect(await store.find(id)).toMatchObject({ status: 'clean' })
    })
    expect([most, files.length]).toEqual([4, 12])
  })

  it('leaves no scan when it is deleted meanwhile', async () => {
    await scanner(() => new Response(null, { status: 503 }))
    await scanned(await upload('hello'))
    await store.releaseSession('s')
    const rows = await runInDurableObject(store, (_, { storage }) => storage.sql.exec('SELECT * FROM scan').toArray())
    expect(rows).toEqual([])
  })
})

describe('A file without a scanner', () => {
  it('is clean at once', async () => {
    expect(await upload('hello')).toMatchObject({ status: 'clean' })
  })
})
