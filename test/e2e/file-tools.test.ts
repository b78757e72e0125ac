/** Tools that write, read and edit the files of a conversation, over the whole stack. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../shared/events/event.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { events, readStream } from '../support/sse.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

const tenant = 'file-tools'
let stack: SharedStack
let alice: User

beforeAll(async () => {
  stack = await sharedStack()
  alice = user(stack.url, await stack.token(tenant, 'alice'))
})

/** Calls tools one after the other, and returns the session and how each call ended. */
async function call(calls: readonly (readonly [string, object])[], session_id?: string) {
  const message = calls.map(([name, args]) => `/tool ${name} ${JSON.stringify(args)}`).join('\nthen\n')
  const sent = await alice.send(message, session_id === undefined ? {} : { session_id })
  const hasEnded = (frames: readonly { body: object }[]) =>
    frames.some(({ body }) => 'type' in body && body.type === 'turn.ended' && 'turn_id' in body && body.turn_id === sent.turn_id)
  const log = events((await readStream(alice.events(sent.session_id), alice.bearer, hasEnded)).frames)
  const ends = log.filter((event) => event.type === 'call.ended' && event.turn_id === sent.turn_id)
  return { session: sent.session_id, turn: sent.turn_id, ends: ends as { outcome: string; text: string }[] }
}

describe('The file tools', () => {
  it('write, read, list and edit files of the conversation, also in later turns', async () => {
    const { session, ends } = await call([
      ['file_write', { path: './plan/Todo.md', content: 'milk\ntea\ntea\n' }],
      ['file_edit', { path: 'plan/todo.md', old_text: 'milk', new_text: 'bread' }],
      ['file_read', { path: 'plan/Todo.md', limit: 1 }],
      ['file_list', {}],
    ])
    expect(ends.map(({ outcome, text }) => [outcome, text])).toEqual([
      ['completed', '{"path":"plan/Todo.md","size":13}'],
      ['completed', '{"path":"plan/Todo.md","size":14,"replaced":1}'],
      ['completed', 'bread\n[The file has more. Its next line is 2.]'],
      ['completed', '[{"path":"plan/Todo.md","size":14,"mime":"text/markdown"}]'],
    ])
    const later = await call([['file_read', { path: 'plan/Todo.md' }]], session)
    expect(later.ends).toMatchObject([{ outcome: 'completed', text: 'bread\ntea\ntea\n' }])
    const other = await call([['file_read', { path: 'plan/Todo.md' }]])
    expect(other.ends).toMatchObject([{ outcome: 'failed', text: expect.stringContaining('There is no file') }])
  })

  it('tell the model what is wrong', async () => {
    const { ends } = await call([
      ['file_read', { path: '../../etc/passwd' }],
      ['file_write', { path: 'a%2f..%2fb', content: 'x' }],
      ['file_write', { path: 'a.txt', content: 'one one' }],
      ['file_edit', { path: 'a.txt', old_text: 'one', new_text: 'two' }],
      ['file_write', { path: 'a.txt/b', content: 'x' }],
    ])
    expect(ends.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'completed', 'failed', 'failed'])
    expect(ends.map(({ text }) => text).join('\n')).toMatch(/".." is no name.*percent-encoding.*2 times.*is a file and a folder/s)
  })

  it('are there for programs', async () => {
    const code = `await tools.file_write({ path: 'n.txt', content: '1' })
      await tools.file_edit({ path: 'n.txt', old_text: '1', new_text: '11' })
      await tools.file_read({ path: 'n.txt' })`
    const { session, ends } = await call([['code_execute', { language: 'javascript', code }]])
    expect(ends).toMatchObject([{ outcome: 'completed', text: expect.stringContaining('11') }])
    const read = await call([['file_read', { path: 'n.txt' }]], session)
    expect(read.ends[0]?.text).toBe('11')
  })

  it('find a copy of the files in a fork', async () => {
    const { session, turn } = await call([['file_write', { path: 'a.txt', content: 'of the first' }]])
    const forked = (await (await alice.call('POST', `/v1/sessions/${session}/fork`, { turn_id: turn })).json()) as { session_id: string }
    await call([['file_write', { path: 'a.txt', content: 'changed' }]], session)
    const read = await call([['file_read', { path: 'a.txt' }]], forked.session_id)
    expect(read.ends[0]?.text).toBe('of the first')
  })
})

/** Requests one call as a turn of its own, without a model. */
async function request(session_id: string, args: object): Promise<{ outcome: string; text: string }> {
  const sent = await alice.call('POST', '/v1/tool/request', { session_id, tool_name: 'document_ingest', args })
  expect(sent.status, await sent.clone().text()).toBe(202)
  const { turn_id } = (await sent.json()) as { turn_id: string }
  return until(async () => {
    const page = (await (await alice.call('GET', `/v1/sessions/${session_id}/events?limit=500`)).json()) as { events: Event[] }
    return page.events.find((event) => event.type === 'call.ended' && event.turn_id === turn_id)
  }) as Promise<{ outcome: string; text: string }>
}

describe('document_ingest', () => {
  async function attach(text: string, name = 'report.md'): Promise<{ id: string; session: string }> {
    const form = new FormData()
    form.append('files[]', new File([text], name))
    const sent = await fetch(`${stack.url}/v1/uploads`, { method: 'POST', headers: alice.bearer, body: form })
    const [file] = ((await sent.json()) as { attachments: { id: string }[] }).attachments
    const message = await alice.send('Here it is', { attachments: [file?.id] })
    return { id: file?.id ?? '', session: message.session_id }
  }

  it('reads an attached file in parts along its headings', async () => {
    const { id, session } = await attach(`# One\nfirst\n## Two\n${'word '.repeat(1_000)}`)
    const ended = await request(session, { attachment_id: id, session_id: session, metadata: { why: 'test' } })
    expect(ended.outcome).toBe('completed')
    const result = JSON.parse(ended.text)
    expect(result).toMatchObject({ attachment_id: id, filename: 'report.md', size_bytes: 5_019, chunk_count: 5, metadata: { why: 'test' } })
    expect(result.chunks.map(({ headings }: { headings: string[] }) => headings.join('/'))).toEqual(['One', ...Array(4).fill('One/Two')])
  })

  it('reads the rest of a long file from the part that it names', async () => {
    const { id, session } = await attach('A sentence of the report. '.repeat(4_000))
    const part = async (from_chunk?: number) => JSON.parse((await request(session, { attachment_id: id, from_chunk })).text)
    const first = await part()
    expect(first.next_chunk).toBe(first.chunks.length)
    const [second, last] = [await part(first.next_chunk), await part(first.chunk_count - 1)]
    expect(second.chunks[0].index).toBe(first.next_chunk)
    expect([last.chunks.length, last.next_chunk]).toEqual([1, undefined])
  })

  it('does not read files of other conversations', async () => {
    const { id } = await attach('secret')
    const { session } = await attach('other')
    const { ends } = await call(
      [
        ['document_ingest', { attachment_id: id }],
        ['document_ingest', { attachment_id: id, session_id: 'another' }],
        ['document_ingest', { attachment_id: crypto.randomUUID() }],
        ['document_ingest', { attachment_id: id, size_bytes: 1 }],
      ],
      session,
    )
    expect(ends.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'failed'])
    expect(JSON.stringify(ends)).not.toContain('secret')
  })
})
