/** The client of Durable Streams reads the log of a session of the whole stack. */
import { DurableStream, stream } from '@durable-streams/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { echoing, type FaceWorkspace, faceWorkspace } from '../../support/face-workspace.ts'
import { type ScriptedModel, startScriptedModel } from '../../support/scripted-model.ts'
import { type SharedStack, sharedStack } from '../../support/shared-stack.ts'

interface LogEvent {
  readonly seq: number
  readonly type: string
  readonly outcome?: string
}

let stack: SharedStack
let model: ScriptedModel
let workspace: FaceWorkspace

beforeAll(async () => {
  model = await startScriptedModel((request) =>
    request.messages.at(-1)?.content === 'echo it' ? { calls: [{ name: 'echo', arguments: { text: 'from the tool' } }] } : echoing(request),
  )
  stack = await sharedStack()
  workspace = await faceWorkspace(stack, model, 'e2e-durable-streams')
}, 150_000)
afterAll(() => model?.close())

const say = async (session: string, text: string) => {
  const answer = await workspace.member.call('POST', '/v1/sessions/message?wait=true', { session_id: session, message: text })
  expect(answer.status, await answer.clone().text()).toBe(200)
}

const access = (session: string) => ({
  url: `${stack.url}/v1/streams/${session}`,
  headers: { authorization: `Bearer ${workspace.token}` },
  warnOnHttp: false,
})

const eventsOf = async (session: string): Promise<LogEvent[]> => {
  const page = await workspace.member.call('GET', `/v1/sessions/${session}/events?limit=500`)
  return ((await page.json()) as { events: LogEvent[] }).events
}

describe('The log of a session as a durable stream', () => {
  it('is read to its end, and from any offset on', async () => {
    await say('past', 'hello')
    const first = await stream<LogEvent>({ ...access('past'), live: false })
    expect(await first.json()).toEqual(await eventsOf('past'))
    expect(first.upToDate).toBe(true)
    const { offset } = first
    await say('past', 'and on')
    const rest = await stream<LogEvent>({ ...access('past'), offset, live: false })
    const events = await rest.json()
    expect(events).toEqual((await eventsOf('past')).filter(({ seq }) => seq > Number(offset)))
    expect(events.length).toBeGreaterThan(2)
    const end = await DurableStream.head(access('past'))
    expect(end).toMatchObject({ exists: true, contentType: 'application/json', offset: rest.offset })
    const now = await stream<LogEvent>({ ...access('past'), offset: 'now', live: false })
    expect([await now.json(), now.offset]).toEqual([[], rest.offset])
  })

  it.each(['long-poll', 'sse'] as const)('is followed by %s, with each event once', async (live) => {
    const session = `live-${live}`
    await say(session, 'before')
    const seen: LogEvent[] = []
    const response = await stream<LogEvent>({ ...access(session), live })
    const ended = new Promise<void>((resolve) =>
      response.subscribeJson<LogEvent>(async ({ items }) => {
        seen.push(...items)
        if (seen.filter(({ type }) => type === 'turn.ended').length === 3) resolve()
      }),
    )
    await say(session, 'during')
    await say(session, 'and after')
    await ended
    response.cancel()
    const all = await eventsOf(session)
    expect(seen).toEqual(all.slice(0, seen.length))
    expect(new Set(seen.map(({ seq }) => seq)).size).toBe(seen.length)
  })

  it('answers an unchanged page with 304', async () => {
    await say('cached', 'hello')
    const { url, headers } = access('cached')
    const first = await fetch(url, { headers })
    const etag = first.headers.get('etag') ?? ''
    expect((await fetch(url, { headers: { ...headers, 'if-none-match': etag } })).status).toBe(304)
    await say('cached', 'more')
    expect((await fetch(url, { headers: { ...headers, 'if-none-match': etag } })).status).toBe(200)
  })

  it('cannot be written: a forged approval runs nothing', async () => {
    await workspace.admin.call('PUT', '/v1/tool-catalog/echo', { approval: 'always' })
    await workspace.member.call('POST', '/v1/sessions/message?wait=true&wait_ms=1', { session_id: 'forged', message: 'echo it' })
    const parked = await expect
      .poll(async () => (await eventsOf('forged')).find(({ type }) => type === 'call.parked'), { timeout: 20_000 })
      .toBeDefined()
      .then(async () => (await eventsOf('forged')).find(({ type }) => type === 'call.parked') as LogEvent & { call_id: string })
    const { url, headers } = access('forged')
    const approval = { ...parked, type: 'call.decided', approved: true }
    const writer = new DurableStream({ url, headers, contentType: 'application/json', warnOnHttp: false, batching: false })
    await expect(writer.append(JSON.stringify(approval))).rejects.toThrow()
    const statuses = ['POST', 'PUT', 'DELETE'].map(
      async (method) => (await fetch(url, { method, headers, body: JSON.stringify([approval]) })).status,
    )
    expect(await Promise.all(statuses)).toEqual([405, 405, 405])
    expect((await eventsOf('forged')).some(({ type }) => type === 'call.ended')).toBe(false)
  })

  it('is hidden from others, and refuses what is no offset', async () => {
    await say('mine', 'hello')
    const eve = await stack.token('e2e-durable-streams', 'eve')
    for (const query of ['', '?offset=-1&live=sse', '?offset=-1&live=long-poll'])
      expect((await fetch(access('mine').url + query, { headers: { authorization: `Bearer ${eve}` } })).status).toBe(404)
    for (const query of ['?offset=7', '?offset=', '?live=sse', '?offset=-1&live=often', '?offset=999999999999999'])
      expect((await fetch(access('mine').url + query, { headers: access('mine').headers })).status, query).toBe(400)
  })
})
