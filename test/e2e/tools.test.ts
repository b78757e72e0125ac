/**
 * Tools end to end: the builtin responder calls them, executors run them, and readers see every call.
 * The audit trail has each decision.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let developer: User
let model: FakeModel

beforeAll(async () => {
  model = await startFakeModel()
  stack = await sharedStack()
  developer = user(stack.url, await stack.token('tools', 'developer', { scopes: 'admin' }))
})

afterAll(() => model?.close())

const logOf = async (session: string) => events((await readStream(developer.events(session), developer.bearer, untilEnded())).frames)

describe('Tools', () => {
  it('are called step by step; readers, the history and the model get their results', async () => {
    const { session_id } = await developer.send('/tool echo {"text":"a"}\n/tool timestamp\nthen\n/tool echo {"text":"b"}')
    const log = await logOf(session_id)
    expect(log.filter(({ type }) => type === 'step.ended')).toHaveLength(2)
    const ends = log.filter((event) => event.type === 'call.ended')
    expect(ends.map(({ outcome }) => outcome)).toEqual(['completed', 'completed', 'completed'])
    expect(log.find((event) => event.type === 'item.closed')?.text).toMatch(/^The tools say:\n\n- a\n- \d{4}-.*Z\n- b$/)
    const history = await (await developer.call('GET', `/v1/sessions/${session_id}/history`)).json()
    expect(JSON.stringify(history)).toContain('"name":"timestamp"')
    // Another turn: the earlier results are part of the model's context.
    await developer.send('/tool echo {"text":"c"}', { session_id })
    const window = await (await developer.call('GET', `/v1/sessions/${session_id}/context-window`)).json()
    expect(JSON.stringify(window)).toContain('"role":"tool"')
  })

  it.each([
    ['an argument that the schema refuses', '/tool echo {"text":"a","zone":"UTC"}', 'failed', 'The arguments are not valid'],
    ['a value of another type', '/tool echo {"text":1}', 'failed', '→ at text'],
  ])('report to the model in words %s', async (_, message, outcome, words) => {
    const { session_id } = await developer.send(message)
    const log = await logOf(session_id)
    expect(log.find((event) => event.type === 'call.ended')).toMatchObject({ outcome, text: expect.stringContaining(words) })
    const context = await (await developer.call('GET', `/v1/sessions/${session_id}/context-window`)).json()
    const { messages } = context as { messages: { role: string; text: string }[] }
    expect(messages.find(({ role }) => role === 'tool')?.text).toContain(words)
  })

  it('run programs in JavaScript and TypeScript, and name what Python needs', async () => {
    const programs = [
      { language: 'javascript', code: 'console.log("a"); [1, 2].map((x) => x * 2)' },
      { language: 'typescript', code: 'const n: number = 6\nn.missing()' },
      { code: 'print(1)' },
    ]
    const { session_id } = await developer.send(programs.map((program) => `/tool code_execute ${JSON.stringify(program)}`).join('\n'))
    const ends = (await logOf(session_id)).filter((event) => event.type === 'call.ended')
    // They run side by side.
    expect(ends.map(({ outcome, text }) => `${outcome} ${text}`).sort()).toEqual([
      expect.stringMatching(/^completed \{"error":"TypeError: .*line 2/),
      'completed {"value":[2,4],"console":"a"}',
      expect.stringMatching(/^failed .*SOMA_PYTHON_URL/),
    ])
  })

  it('are called by programs, each judged and audited as a call of its own', async () => {
    const code = `const [a, b] = await Promise.all([tools.echo({ text: 'x' }), tools.timestamp({ format: 'UNIX' })])
let refused = ''
try { await tools.timestamp({ format: 'DENY' }) } catch (error) { refused = error.message }
;[a, /^\\d{10}$/.test(b), refused.includes('The arguments are not valid'), typeof tools.code_execute]`
    const { session_id } = await developer.send(`/tool code_execute ${JSON.stringify({ language: 'javascript', code })}`)
    const ended = (await logOf(session_id)).find((event) => event.type === 'call.ended')
    expect(ended).toMatchObject({ outcome: 'completed', text: '{"value":["x",true,true,"undefined"]}' })
    const audited = await vi.waitFor(async () => {
      const { entries } = (await (await developer.call('GET', '/v1/audit?limit=200')).json()) as {
        entries: { action: string; target: string; detail?: { session?: string } }[]
      }
      const decisions = entries.filter(({ action, detail }) => action === 'tool.execute' && detail?.session === session_id)
      expect(decisions).toHaveLength(3)
      return decisions.map(({ target }) => target).sort()
    })
    expect(audited).toEqual(['tool:code_execute', 'tool:echo', 'tool:timestamp'])
  })

  it('that do not exist are not called, and the answer names those that exist', async () => {
    const { session_id } = await developer.send('/tool no_such_tool {}')
    const log = await logOf(session_id)
    expect(log.filter(({ type }) => type.startsWith('call.'))).toEqual([])
    expect(log.find((event) => event.type === 'item.closed')?.text).toMatch(/^There is no tool `no_such_tool`\. There are .*`echo`/)
  })

  it('take the formats of the original timestamp tool', async () => {
    const formats = ['ISO', 'RFC3339', 'UNIX', 'US', 'DENY']
    const { session_id } = await developer.send(formats.map((format) => `/tool timestamp {"format":"${format}"}`).join('\n'))
    const ends = (await logOf(session_id)).filter((event) => event.type === 'call.ended')
    const results = ends.map(({ outcome, text }) => `${outcome} ${text}`)
    for (const expected of [
      /^completed \d\d\/\d\d\/\d{4} [\d:]{8}$/,
      /^completed \d{10}$/,
      /^completed \d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/,
      /^completed \d{4}-\d\d-\d\dT[\d:]{8}Z$/,
      /^failed The arguments are not valid/,
    ])
      expect(results.filter((result) => expected.test(result))).toHaveLength(1)
    expect(results).toHaveLength(formats.length)
  })

  it('that an admin disables are denied in a running turn, and no longer offered', async () => {
    const tenant = 'tools-disabled'
    await stack.answerWith(tenant, model.url)
    const admin = await stack.user(tenant, 'root', { scopes: 'admin' })
    const ada = await stack.user(tenant, 'ada')
    const offered = (await (await ada.call('GET', '/v1/tools')).json()) as { tools: { name: string }[] }
    expect(offered.tools.map(({ name }) => name)).toContain('echo')
    // The model calls the tool in two steps. The session is paused between them.
    const message = '[[fake tools name=echo rounds=2 tokens=5 rate=5 args={"text":"once"}]]'
    const { session_id } = await ada.send(message)
    await ada.call('POST', `/v1/sessions/${session_id}/pause`, { paused: true })
    const changed = await admin.call('PUT', '/v1/tool-catalog/echo', { enabled: false })
    expect(changed.status).toBe(200)
    await ada.call('POST', `/v1/sessions/${session_id}/pause`, { paused: false })
    const log = events((await readStream(ada.events(session_id), ada.bearer, untilEnded())).frames)
    const ends = log.filter((event) => event.type === 'call.ended')
    expect(ends).toHaveLength(2)
    expect(ends.at(-1)).toMatchObject({
      outcome: 'denied',
      text: expect.stringContaining('an admin of the workspace has disabled the tool'),
    })
    const last = model.requests.at(-1)?.body as { tools?: { function: { name: string } }[] }
    expect(last.tools?.map((tool) => tool.function.name)).not.toContain('echo')
  })

  it('save a fact, find it in another conversation, and calculate', async () => {
    const ada = await stack.user('tools-memory', 'ada')
    const outcomeOf = async (message: string) => {
      const { session_id } = await ada.send(message)
      const log = events((await readStream(ada.events(session_id), ada.bearer, untilEnded())).frames)
      return log.find((event) => event.type === 'call.ended')
    }
    expect(await outcomeOf('/tool memory_save {"key":"favourite tea","value":"Assam, with milk"}')).toMatchObject({ outcome: 'completed' })
    const recalled = await outcomeOf('/tool memory_recall {"query":"tea"}')
    expect(recalled).toMatchObject({ outcome: 'completed', text: expect.stringContaining('Assam, with milk') })
    expect(await outcomeOf('/tool search {"query":"memory_recall tea"}')).toMatchObject({ text: expect.stringContaining('"session_id"') })
    expect(await outcomeOf('/tool calculate {"expression":"(1200 * 3.5) / 7"}')).toMatchObject({ outcome: 'completed', text: '600' })
    // The policy judges what a model wants to remember, and no user finds the memories of another.
    expect(await outcomeOf('/tool memory_save {"key":"mail","value":"ada@example.com"}')).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('e-mail address'),
    })
    const bob = await stack.user('tools-memory', 'bob')
    const { session_id } = await bob.send('/tool memory_recall {"query":"tea"}')
    const log = events((await readStream(bob.events(session_id), bob.bearer, untilEnded())).frames)
    expect(log.find((event) => event.type === 'call.ended')).toMatchObject({ text: '[]' })
  })

  describe('that a client requests', () => {
    const request = (body: object, headers = {}) => developer.call('POST', '/v1/tool/request', body, headers)

    it('run once as a turn without a model, and the next answer knows the result', async () => {
      const body = { session_id: `direct-${crypto.randomUUID()}`, tool_name: 'echo', args: { text: 'a direct result' } }
      const key = { 'idempotency-key': crypto.randomUUID() }
      const first = await request(body, key)
      const accepted = await first.json()
      expect([first.status, accepted]).toMatchObject([
        202,
        { status: 'enqueued', session_id: body.session_id, event_id: key['idempotency-key'] },
      ])
      expect(await (await request(body, key)).json()).toEqual(accepted)
      expect((await request({ ...body, args: { text: 'another' } }, key)).status).toBe(409)
      const log = await logOf(body.session_id)
      expect(log.map(({ type }) => type)).toEqual([
        'session.created',
        'turn.accepted',
        'item.added',
        'turn.started',
        'call.requested',
        'step.ended',
        'call.claimed',
        'call.ended',
        'turn.ended',
      ])
      expect(log.find((event) => event.type === 'call.ended')).toMatchObject({ outcome: 'completed', text: 'a direct result' })
      const context = await (await developer.call('GET', `/v1/sessions/${body.session_id}/context-window`)).text()
      expect(context).toContain('a direct result')
    })

    it('take their session from the request or get a new one, and report wrong arguments with their place', async () => {
      const { session_id } = (await (await request({ tool_name: 'timestamp', args: { zone: 'UTC' } })).json()) as { session_id: string }
      const log = await logOf(session_id)
      expect(log.find((event) => event.type === 'call.ended')).toMatchObject({ outcome: 'failed', text: expect.stringContaining('"zone"') })
      expect(log.at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'completed' })
    })

    it('are refused where the catalog disables them, or has none of the name', async () => {
      const unknown = await request({ tool_name: 'fly', args: {} })
      expect([unknown.status, await unknown.json()]).toMatchObject([400, { errors: [{ pointer: '/tool_name' }] }])
      const admin = await stack.user('tools-requested', 'root', { scopes: 'admin' })
      await admin.call('PUT', '/v1/tool-catalog/echo', { enabled: false })
      const disabled = await admin.call('POST', '/v1/tool/request', { tool_name: 'echo', args: { text: 'x' } })
      expect([disabled.status, await disabled.json()]).toMatchObject([403, { action: 'tool.execute', reasons: ['tool_disabled'] }])
    })
  })

  it('are each decided by the policy, and audited without their arguments', async () => {
    const { session_id } = await developer.send('/tool echo {"text":"a secret of mine"}')
    await logOf(session_id)
    await vi.waitFor(
      async () => {
        const trail = await (await developer.call('GET', '/v1/audit?action=tool.execute')).text()
        expect(trail).toContain(`"session":"${session_id}"`)
        expect(trail).not.toContain('a secret of mine')
      },
      { timeout: 5_000, interval: 100 },
    )
  })
})
