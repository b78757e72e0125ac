/** Imports and exports of files over HTTP, with the real session objects. */
import { exports } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ImportedSessions } from '../../../../shared/api/transfer.ts'
import chatgpt from '../../../samples/chatgpt-conversations.json'
import openWebUi from '../../../samples/open-webui-chats.json'
import { token } from '../client.ts'

let authorization = ''
let count = 0
beforeEach(async () => {
  authorization = `Bearer ${await token('transfers', `user-${++count}`)}`
})

const call = (method: string, path: string, body?: string, type = 'application/json', headers: Record<string, string> = {}) =>
  exports.default.fetch(
    new Request(`https://soma.test${path}`, {
      method,
      headers: { authorization, ...headers, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    }),
  )
const importBody = async (body: unknown, type?: string, headers?: Record<string, string>) => {
  const response = await call('POST', '/v1/sessions/import', typeof body === 'string' ? body : JSON.stringify(body), type, headers)
  return { status: response.status, body: (await response.json()) as ImportedSessions & { errors: { pointer: string; detail: string }[] } }
}
const file = async (session = '', format = '') => call('GET', `/v1/sessions/${session}/export${format}`)
const sessions = async () => ((await (await call('GET', '/v1/sessions')).json()) as { sessions: unknown[] }).sessions

const at = Date.UTC(2025, 0, 1)
const log = (title: string) => [
  { seq: 1, at, type: 'session.created' },
  { seq: 2, at, type: 'turn.accepted', turn_id: 't', event_id: 'e', position: 0 },
  { seq: 3, at, type: 'item.added', turn_id: 't', item_id: 'q', role: 'user', text: 'question' },
  { seq: 4, at, type: 'turn.ended', turn_id: 't', outcome: 'cancelled' },
  { seq: 5, at, type: 'session.titled', title },
]
const exported = (title = 'Mine') => ({ version: 'soma-1', events: log(title) })

describe('An import', () => {
  it('accepts an export file, with a byte order mark, as lines of JSON, and in a list', async () => {
    const first = await importBody(exported())
    expect(first).toMatchObject({ status: 200, body: { conversations: [{ source: '', title: 'Mine', notes: [], errors: [] }] } })
    const text = await (await file(first.body.ctxids[0])).text()
    const lines = await (await file(first.body.ctxids[0], '?format=ndjson')).text()
    expect(lines.split('\n')).toHaveLength(7)
    for (const repeated of [
      await importBody(`\ufeff${text}`),
      await importBody(lines, 'application/x-ndjson'),
      await importBody(lines),
      await importBody({ chats: [text, exported()] }),
    ]) {
      expect(repeated.status).toBe(200)
      expect(await (await file(repeated.body.ctxids[0])).text()).toBe(text)
    }
    expect(await sessions()).toHaveLength(6)
  })

  it("imports ChatGPT's conversations one by one, and reports what it could not import", async () => {
    const { status, body } = await importBody(chatgpt)
    expect(status).toBe(200)
    expect(body.ctxids).toHaveLength(2)
    expect(body.conversations.map(({ source, title, ctxid }) => [source, title, ctxid !== null])).toEqual([
      ['/0', 'Sourdough for beginners', true],
      ['/1', 'Chart of rainfall', true],
      ['/2', 'A torn conversation', false],
      ['/3', 'Much pasted text', false],
    ])
    expect(body.conversations[1]?.notes).toContain('Image left out: 2.')
    expect(body.conversations[3]?.errors).toEqual([{ pointer: '/3', detail: expect.stringContaining('at most 32000') }])
    expect(await sessions()).toHaveLength(2)
    const history = (await (await call('GET', `/v1/sessions/${body.ctxids[1]}/history`)).json()) as {
      turns: { items: { role: string }[] }[]
    }
    expect(history.turns[0]?.items.map(({ role }) => role)).toEqual(['user', 'tool', 'tool', 'assistant'])
    // An imported session can be exported and imported again.
    expect((await importBody(await (await file(body.ctxids[1])).text())).status).toBe(200)
  })

  it("imports Open WebUI's chats, once per key", async () => {
    const key = { 'idempotency-key': crypto.randomUUID() }
    const first = await importBody(openWebUi, undefined, key)
    expect(first.body.conversations.map(({ ctxid }) => ctxid !== null)).toEqual([true, false])
    expect((await importBody(openWebUi, undefined, key)).body.ctxids).toEqual(first.body.ctxids)
    expect(await sessions()).toHaveLength(1)
  })

  it('refuses a body that is no conversation, with a reason, and creates nothing', async () => {
    for (const [body, pointer] of [
      ['{"a":1}', ''],
      ['[]', ''],
      ['not json', ''],
      [{ chats: [] }, '/chats'],
      [{ chats: [5] }, '/chats/0'],
      [{ chats: [exported(), 'no'] }, '/chats/1'],
      [{ chats: [exported(), { ...exported(), version: 'other' }] }, '/chats/1'],
      [{ chats: [exported(), exported('x'.repeat(201))] }, '/chats/1/events/4/title'],
      [Array(101).fill(exported()), ''],
      [[{ mapping: {} }], '/0'],
    ] as const) {
      const { status, body: answer } = await importBody(body)
      expect([status, answer.errors[0]?.pointer], JSON.stringify(body).slice(0, 80)).toEqual([400, pointer])
      expect(answer.errors[0]?.detail).not.toBe('Invalid input')
    }
    expect((await importBody(exported(), 'text/plain')).status).toBe(415)
    expect(await sessions()).toHaveLength(0)
  })
})

describe('An export', () => {
  it('is Markdown on demand', async () => {
    const { body } = await importBody(chatgpt)
    const markdown = await file(body.ctxids[1], '?format=markdown')
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    expect(markdown.headers.get('content-disposition')).toMatch(/\.md"$/)
    const text = await markdown.text()
    expect(text).toMatch(/^# Chart of rainfall\n\n## You · 2024-11-13 12:13 UTC\n/)
    expect(text.match(/^## .*$/gm)?.map((line) => line.split(' · ')[0])).toEqual([
      '## You',
      '## Tool: python',
      '## Tool: dalle_text2im',
      '## Assistant',
    ])
    expect((await file(body.ctxids[1], '?format=pdf')).status).toBe(400)
  })

  it('of a long log streams in pieces, and is complete', async () => {
    const events: object[] = [log('')[0] ?? {}]
    for (let seq = 2; seq < 3_000; seq += 1) events.push({ seq, at, type: 'session.titled', title: `${seq}${'x'.repeat(150)}` })
    const { body } = await importBody({ version: 'soma-1', events })
    const chunks: number[] = []
    const response = await file(body.ctxids[0])
    for await (const chunk of response.body ?? []) chunks.push(chunk.byteLength)
    expect(chunks.length).toBeGreaterThan(5)
    expect(Math.max(...chunks)).toBeLessThan(200_000)
    const blob = (await (await call('POST', '/v1/sessions/export', JSON.stringify({ session_id: body.ctxids[0] }))).json()) as {
      content: string
    }
    expect(JSON.parse(blob.content).events).toHaveLength(2_999)
  })
})
