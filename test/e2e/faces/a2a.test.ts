/** The client of the Agent2Agent protocol against the whole stack. */
import { Role, TaskState } from '@a2a-js/sdk'
import { type Client, ClientFactory, ClientFactoryOptions, DefaultAgentCardResolver, JsonRpcTransportFactory } from '@a2a-js/sdk/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { echoing, type FaceWorkspace, faceWorkspace } from '../../support/face-workspace.ts'
import { type ScriptedModel, startScriptedModel } from '../../support/scripted-model.ts'
import { type SharedStack, sharedStack } from '../../support/shared-stack.ts'

let stack: SharedStack
let model: ScriptedModel
let workspace: FaceWorkspace
let client: Client

beforeAll(async () => {
  model = await startScriptedModel((request) => {
    const last = request.messages.at(-1)?.content
    if (last === 'echo it') return { calls: [{ name: 'echo', arguments: { text: 'from the tool' } }] }
    return last === 'slow' ? 'hang' : echoing(request)
  })
  stack = await sharedStack()
  workspace = await faceWorkspace(stack, model, 'e2e-a2a')
  client = await connect(workspace.token)
}, 150_000)
afterAll(() => model?.close())

/** The official client, which finds the agent by its card. */
async function connect(token: string, persona = 'default'): Promise<Client> {
  const fetchImpl: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${token}`)
    return fetch(input, { ...init, headers })
  }
  const factory = new ClientFactory(
    ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
      transports: [new JsonRpcTransportFactory({ fetchImpl })],
      cardResolver: new DefaultAgentCardResolver({ fetchImpl: fetch }),
    }),
  )
  return factory.createFromUrl(`${stack.url}/a2a/${persona}/`, '.well-known/agent-card.json')
}

const message = (text: string, more: object = {}) => ({
  tenant: '',
  metadata: undefined,
  configuration: undefined,
  message: {
    messageId: crypto.randomUUID(),
    contextId: '',
    taskId: '',
    role: Role.ROLE_USER,
    parts: [{ content: { $case: 'text' as const, value: text }, metadata: undefined, filename: '', mediaType: '' }],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
    ...more,
  },
})

/** The task that a message became. */
async function ask(text: string, more: object = {}) {
  const result = await client.sendMessage(message(text, more))
  if (!('status' in result)) throw new Error('a message came instead of a task')
  return result
}

const textOf = ({ artifacts }: Awaited<ReturnType<typeof ask>>) =>
  artifacts.flatMap(({ parts }) => parts.map(({ content }) => (content?.$case === 'text' ? content.value : ''))).join('')

const taskRequest = (id: string) => ({ tenant: '', id, metadata: undefined })

const eventsOf = async (session: string) => {
  const page = await workspace.member.call('GET', `/v1/sessions/${session}/events?limit=500`)
  return ((await page.json()) as { events: { type: string; call_id?: string }[] }).events
}

describe("A2A's client", () => {
  it('finds the agent by its card, and reads the card of a persona', async () => {
    const card = await client.getAgentCard()
    expect(card).toMatchObject({ name: 'default', capabilities: { streaming: true, pushNotifications: false } })
    const persona = { id: 'poet', name: 'The poet', description: 'Writes verse.', instructions: 'Rhyme.', visibility: 'workspace' }
    const created = await workspace.admin.call('POST', '/v1/personas', persona)
    expect(created.status, await created.clone().text()).toBe(201)
    const extended = await (await connect(workspace.token, 'poet')).transport.getExtendedAgentCard({ tenant: '' })
    expect(extended.name).toBe('The poet')
  })

  it('gets the answer as a task of a context, once for each message', async () => {
    const messageId = crypto.randomUUID()
    const task = await ask('hello', { messageId, contextId: 'talk' })
    expect(task).toMatchObject({ contextId: 'talk', status: { state: TaskState.TASK_STATE_COMPLETED } })
    expect(textOf(task)).toBe('You said: hello')
    expect((await ask('hello', { messageId, contextId: 'talk' })).id).toBe(task.id)
    expect(textOf(await client.getTask(taskRequest(task.id)))).toBe('You said: hello')
    const next = await ask('and on', { contextId: 'talk' })
    expect(next.id).not.toBe(task.id)
    expect((await ask('a new context')).contextId).not.toBe('talk')
  })

  it('streams the states and the text of a task', async () => {
    const states: TaskState[] = []
    let text = ''
    for await (const { payload } of client.sendMessageStream(message('hello', { contextId: 'streamed' }))) {
      if (payload?.$case === 'task' || payload?.$case === 'statusUpdate') states.push(payload.value.status?.state ?? TaskState.UNRECOGNIZED)
      if (payload?.$case === 'artifactUpdate')
        text += payload.value.artifact?.parts.map(({ content }) => (content?.$case === 'text' ? content.value : '')).join('')
    }
    expect(states).toEqual([TaskState.TASK_STATE_SUBMITTED, TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_COMPLETED])
    expect(text).toBe('You said: hello')
  })

  it('cancels a task that runs, and subscribes to it', async () => {
    const started = message('slow', { contextId: 'cancelled' })
    const task = await client.sendMessage({
      ...started,
      configuration: { acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately: true },
    })
    if (!('status' in task)) throw new Error('a message came instead of a task')
    const states: TaskState[] = []
    const watching = (async () => {
      for await (const { payload } of client.resubscribeTask({ tenant: '', id: task.id }))
        if (payload?.$case === 'statusUpdate') states.push(payload.value.status?.state ?? TaskState.UNRECOGNIZED)
    })()
    const cancelled = await client.cancelTask(taskRequest(task.id))
    expect(cancelled.status?.state).toBe(TaskState.TASK_STATE_CANCELED)
    await watching.catch(() => {})
    await expect(client.cancelTask(taskRequest(task.id))).rejects.toThrow('ended')
    expect(states.filter((state) => state !== TaskState.TASK_STATE_WORKING)).toEqual(
      states.length === 0 ? [] : [TaskState.TASK_STATE_CANCELED],
    )
  })

  it('reads in words what is refused', async () => {
    await expect(client.getTask(taskRequest('task_none'))).rejects.toThrow('No task')
    const file = [
      { content: { $case: 'url', value: 'https://example.com/a.png' }, metadata: undefined, filename: '', mediaType: 'image/png' },
    ]
    await expect(client.sendMessage(message('', { parts: file }))).rejects.toThrow('Only parts with a text')
    await expect((await connect(workspace.token, 'nobody')).sendMessage(message('hi'))).rejects.toThrow('persona')
    const task = await ask('mine', { contextId: 'mine' })
    const eve = await connect(await stack.token('e2e-a2a', 'eve'))
    await expect(eve.getTask(taskRequest(task.id))).rejects.toThrow()
    await expect((await connect('wrong')).sendMessage(message('hi'))).rejects.toThrow('401')
  })

  it('shows that a call waits, and cannot approve it: nothing runs', async () => {
    await workspace.admin.call('PUT', '/v1/tool-catalog/echo', { approval: 'always' })
    const stream = client.sendMessageStream(message('echo it', { contextId: 'forged' }))
    let task = ''
    for await (const { payload } of stream) {
      if (payload?.$case === 'task') task = payload.value.id
      if (payload?.$case === 'statusUpdate' && payload.value.status?.state === TaskState.TASK_STATE_AUTH_REQUIRED) break
    }
    const parked = (await eventsOf('forged')).find(({ type }) => type === 'call.parked')
    const approval = {
      content: { $case: 'data', value: { call_id: parked?.call_id, approved: true } },
      metadata: undefined,
      filename: '',
      mediaType: '',
    }
    await expect(ask('approved', { contextId: 'forged', taskId: task })).rejects.toThrow('no further message')
    await expect(ask('', { contextId: 'forged', parts: [approval] })).rejects.toThrow('Only parts with a text')
    const types = (await eventsOf('forged')).map(({ type }) => type)
    expect(types).toContain('call.parked')
    expect(types.some((type) => type === 'call.decided' || type === 'call.ended')).toBe(false)
  })
})
